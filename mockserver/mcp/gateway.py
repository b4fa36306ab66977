"""The tools that call the gateway as a shop does. The sandbox signs, so an assistant needs no secret key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import msgspec

from mockserver import identity
from mockserver.addresses import built_in_merchant
from mockserver.api.accounts import parse_instant
from mockserver.domain.codes import SUCCESS
from mockserver.gateway.example import DOCUMENTED_METHOD, example_data
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.request import PATH, SCENARIO_HEADER
from mockserver.mcp.arguments import ACCOUNT, object_of, segment_of
from mockserver.mcp.results import ToolError, ToolResult
from mockserver.texts import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from mockserver.gateway.method import Method
    from mockserver.mcp.connection import SandboxConnection
    from mockserver.mcp.examining import Progress

_LONGEST_CALL = 30.0
_SHORT_ID = 6
_CREATING = [method for method in ALL_METHODS if method.reference == "order_id"]
_NAMES = [*dict.fromkeys(method.name for method in ALL_METHODS)]

_SCENARIO = {"type": "string", "description": "Scripted outcome, such as declined: a name of list_scenarios."}
_DATA = {"type": "object", "description": "Fields of the method, as describe_method lists them."}


def _method(choices: list[str], **more: str) -> dict[str, Any]:
    return {"type": "string", "enum": choices, **more}


CREATING = object_of(
    {
        "method": _method([*dict.fromkeys(method.name for method in _CREATING)], default=DOCUMENTED_METHOD),
        "data": {
            "type": "object",
            "description": "Fields of the method that differ from its example, such as amount, currency, order_id and"
            " notify_url. An empty text leaves a field out.",
        },
        "scenario": _SCENARIO,
        "user": ACCOUNT,
    }
)
CALLING = object_of(
    {"method": _method(_NAMES), "data": _DATA, "scenario": _SCENARIO, "user": ACCOUNT}, ("method", "data")
)
DESCRIBING = object_of({"method": _method(_NAMES)}, ("method",))
ABOUT_CREATING = (
    "Create a payment at the gateway, as a shop does: a signed POST /Payments.\n\nWithout data, it is the example of"
    " the method with a new order_id, and notifications go to a merchant in the sandbox, which verifies them; give"
    " notify_url to reach a shop. By default the payer pays after a second of the account's clock. A method with a"
    " payment page waits: change_payment_state plays the payer.\n\n"
    + "\n".join(f"{method.name}: {method.summary}" for method in _CREATING)
)
ABOUT_CALLING = (
    "Call any method of the gateway, as a shop does: query, capture, cancel, refund, split, finance.\n\nThe sandbox"
    " signs the request; exactly the data that you give is sent.\n\n"
    + "\n".join(f"{method.title}: {method.summary}" for method in ALL_METHODS if method not in _CREATING)
)
ABOUT_DESCRIBING = (
    "Describe a method of the gateway: its fields and their rules, its wallets, example data, and the fields of its"
    " answer."
)


async def create_payment(sandbox: SandboxConnection, arguments: Mapping[str, Any], _progress: Progress) -> ToolResult:
    name, given = _known(arguments.get("method", DOCUMENTED_METHOD), _CREATING), _data_in(arguments)
    method = next(one for one in _CREATING if one.name == name)
    merchant = built_in_merchant(await sandbox.user(arguments))
    seed = identity.new_seed()
    own = {"order_id": f"assistant-{seed[:_SHORT_ID]}", "request_id": seed, "notify_url": merchant}
    example = {**example_data(method), **{field: own[field] for field in own.keys() & method.known_names}}
    data = {field: value for field, value in {**example, **given}.items() if value != ""}
    return await _call(sandbox, arguments, name, data)


async def call_method(sandbox: SandboxConnection, arguments: Mapping[str, Any], _progress: Progress) -> ToolResult:
    return await _call(sandbox, arguments, _known(arguments["method"], ALL_METHODS), _data_in(arguments))


async def describe_method(_sandbox: SandboxConnection, arguments: Mapping[str, Any], _progress: Progress) -> ToolResult:
    name = _known(arguments["method"], ALL_METHODS)
    return ToolResult([_described(method) for method in ALL_METHODS if method.name == name])


def _described(method: Method) -> dict[str, Any]:
    return {
        "method": method.name,
        "command": method.command,
        "summary": method.summary,
        "fields": [{"name": one.name, "required": one.required, "meaning": one.meaning} for one in method.fields],
        "pay_methods": [*method.pay_methods],
        "wallets": [wallet.name for wallet in method.wallets],
        "example": example_data(method),
        "answer": [{"name": one.name, "form": one.form, "meaning": one.meaning} for one in method.answer],
    }


def _known(name: Any, methods: list[Method]) -> str:  # noqa: ANN401 - whatever an assistant sends
    names = dict.fromkeys(method.name for method in methods)
    if isinstance(name, str) and name in names:
        return name
    meant = did_you_mean(str(name), names) or f"; expected one such as {next(iter(names))}."
    raise ToolError(f"No method {shown(str(name))} is possible here{meant}")


def _data_in(arguments: Mapping[str, Any]) -> dict[str, Any]:
    data = arguments.get("data", {})
    if not isinstance(data, dict):
        raise ToolError('data: expected an object such as {"amount": "24.99"}.')
    return data


async def _call(
    sandbox: SandboxConnection, arguments: Mapping[str, Any], method: str, data: dict[str, Any]
) -> ToolResult:
    """Sign a request for the account, send it, and give the answer with what the sandbox says about it."""
    path = f"/accounts/{segment_of('user', await sandbox.user(arguments))}"
    user = (account := await sandbox.call("GET", path))["user"]
    time = parse_instant(account["clock"]["now"]) // 1000
    envelope = {"user": user, "method": method, "time": time, "data": data}
    signed = await sandbox.call("POST", f"{path}/sign", body={"request": envelope})
    scenario = str(arguments.get("scenario", ""))
    if not scenario.isascii():
        raise ToolError(f"There is no scenario {shown(scenario)}. list_scenarios shows those that there are.")
    headers = {SCENARIO_HEADER: scenario} if scenario else {}
    content = msgspec.json.encode({**envelope, "sign": signed["sign"]})
    try:
        with anyio.fail_after(_LONGEST_CALL):
            answer = await sandbox.send("POST", PATH, content, headers)
    except TimeoutError:
        raise ToolError(f"The gateway did not answer within {_LONGEST_CALL:g} s. get_story says why.") from None
    return await _told(sandbox, path, answer)


async def _told(sandbox: SandboxConnection, path: str, answer: httpx2.Response) -> ToolResult:
    number = answer.headers.get("X-Sandbox-Record", "").rpartition("/")[2]
    record = await sandbox.call("GET", f"{path}/exchanges/{number}") if number else {}
    try:
        body = json.loads(answer.content)
        accepted = str(body["code"]) == SUCCESS
    except (ValueError, LookupError, TypeError):
        body, accepted = answer.text, record.get("code") == SUCCESS
    told = {"answer": body, "request": record.get("number"), "scenario": record.get("scenario"),
            "hints": record.get("hints"), "reason": record.get("reason"), "explanation": record.get("explanation"),
            "http_status": None if accepted else answer.status_code}  # fmt: skip
    return ToolResult(told, failed=not accepted)
