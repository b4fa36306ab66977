"""Calls of the gateway by a command: the sandbox signs them, so the command needs no secret key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mockserver.api.journal import Journal
from mockserver.api.tools import Signed, ToSign
from mockserver.domain.codes import SUCCESS
from mockserver.gateway.request import PATH, SCENARIO_HEADER
from mockserver.server.readiness import NotReadyError, call_sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.api.schemas import ExchangeRecord
    from mockserver.cli.remote.connection import Remote

_LONGEST_CALL = 30


class GatewayAnswer(NamedTuple):
    """The answer to a call: its code, its message, and `data`.

    The code is empty if there was no answer or one that cannot be read; the message then says so.
    """

    code: str
    message: str
    data: Mapping[str, Any]

    @property
    def is_accepted(self) -> bool:
        return self.code == SUCCESS


def call_gateway(remote: Remote, method: str, data: Mapping[str, Any], scenario: str = "") -> GatewayAnswer:
    """Call a method as a shop would, signed for the account; with a scenario, in the header that selects it."""
    now = remote.now()
    envelope = {"user": remote.user, "method": method, "time": now // 1000, "data": dict(data)}
    signed = remote.post("/sign", Signed, ToSign(envelope))
    body = msgspec.json.encode({**envelope, "sign": signed.sign})
    headers = {"Content-Type": "application/json", **({SCENARIO_HEADER: scenario} if scenario else {})}
    try:
        status, content = call_sandbox(remote.url, "POST", PATH, timeout=_LONGEST_CALL, body=body, headers=headers)
    except NotReadyError as error:
        return GatewayAnswer("", f"no answer: {error}", {})
    try:
        answer = json.loads(content)
        given = answer["data"] if isinstance(answer["data"], dict) else {}
        return GatewayAnswer(str(answer["code"]), str(answer["message"]), given)
    except (ValueError, LookupError, TypeError):
        return GatewayAnswer("", f"an answer that cannot be read: HTTP {status}, {len(content)} bytes", {})


def newest_exchange(remote: Remote) -> ExchangeRecord:
    """The newest request of the account and its answer."""
    return remote.get("/exchanges", Journal, {"limit": 1}).items[0]


def rejection(remote: Remote, what: str, answer: GatewayAnswer) -> str:
    """A sentence about a request that was rejected, with the sandbox's reason."""
    reason = newest_exchange(remote).reason
    is_longer = reason.startswith(answer.message)
    text = f"The gateway rejected the {what}: {answer.code} {reason if is_longer else answer.message}".rstrip()
    return text if not reason or is_longer else f"{text}\n{reason}"
