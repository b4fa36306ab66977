"""Requests, the checks of their envelopes, and the envelopes of answers (protocol.md 1.3)."""

from __future__ import annotations

import json
import re
from json import encoder
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.codes import SUCCESS
from mockserver.durations import duration_text
from mockserver.evidence import Fact
from mockserver.gateway.errors import FieldInvalid, RuleBroken
from mockserver.gateway.fields import FieldPlan, instant_of, read_fields
from mockserver.gateway.parameters import ENVELOPE
from mockserver.signing.php import NotJsonError, Value, parse
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SCENARIO_HEADER = "X-Sandbox-Scenario"
"""The header that selects the scenario of a request."""

PATH = "/Payments"
LARGEST_BODY = 1024 * 1024
_SEND_IN_BODY = message("The parameters are in the URL: send them as a JSON object in the body of a POST.")
_MAYBE_REDIRECTED = message(
    "Send the request in the body of a POST; a client that follows a redirect may make it a GET."
)
_GATEWAY_PATH = re.compile(f"/+{PATH[1:]}/*")

_IN_ENVELOPE = " in the envelope"
_BESIDE_DATA = FieldPlan(tuple(field for field in ENVELOPE if field.name != "data"), _IN_ENVELOPE)
_make_encoder = getattr(encoder, "c_make_encoder", None)  # only in CPython
_encode = _make_encoder and _make_encoder(None, json.dumps, encode_basestring, None, ":", ",", False, False, True)


class Request(NamedTuple):
    """A received request: its HTTP method, its body, and the scenario of its header.

    `origin` is the origin that it was sent to, as of `mockserver.addresses.origin_of`; empty if it is unknown. `path`,
    `query` and `headers` (names in lower case) are only for diagnoses.
    """

    http_method: str
    body: bytes
    scenario: str = ""
    origin: str = ""
    path: str = PATH
    query: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()


def is_gateway_path(path: str) -> bool:
    """Whether a path is the gateway's, perhaps with the doubled or trailing slashes of a base URL that ends in one."""
    return path == PATH or (PATH in path and _GATEWAY_PATH.fullmatch(path) is not None)


def read_envelope(request: Request) -> dict[str, Value]:
    """The JSON object of a request.

    Raises:
        RuleBroken: it is not a JSON object, is too large, or was not sent with POST.
    """
    if request.http_method != "POST":
        hint = _SEND_IN_BODY if request.query else _MAYBE_REDIRECTED
        said = message("{path} needs POST, not {given}.").format(path=PATH, given=request.http_method)
        raise RuleBroken(said, hint, kind="wrong_http_method")
    if len(request.body) > LARGEST_BODY:
        raise RuleBroken(message("The body is larger than the limit of 1 MiB."))
    cause = None
    try:
        sent = parse(request.body)
    except NotJsonError as error:
        sent, cause = None, error
    if not isinstance(sent, dict):
        from mockserver.gateway.body_format import Sent, describe_body  # noqa: PLC0415 - only mistakes need it

        is_what = describe_body(Sent(request.body, request.headers, request.query))
        raise RuleBroken(message("The body is not a JSON object."), is_what, kind="not_json") from cause
    return sent


def check_envelope(sent: Mapping[str, Value]) -> tuple[str, dict[str, Value]]:
    """Check the fields of an envelope; returns its time and its data.

    Raises:
        FieldMissing: a field is absent or empty.
        RuleBroken: a field has the wrong type.
    """
    data = sent.get("data")
    if not data:  # PHP sends an empty object as an empty array; both count as missing
        read_fields(ENVELOPE, {**sent, "data": None}, _IN_ENVELOPE)
    texts = _BESIDE_DATA.read(sent)
    if not isinstance(data, dict):
        raise FieldInvalid("data", message("must be a JSON object"))
    return texts["time"], data


def check_clock(time: str, now: int, most: int) -> None:
    """Check that the `time` of a request is at most `most` milliseconds from the account's clock.

    Raises:
        RuleBroken: it is further from it.
    """
    if abs(instant_of(time) - now) > most:
        rule = message("must be at most {duration} from the gateway's clock").format(duration=duration_text(most))
        raise FieldInvalid("time", rule, time, kind="stale_time")


def envelope_text(sent: Mapping[str, Value], name: str) -> str:
    """The text or number of an envelope's field; empty if it is missing or something else."""
    value = sent.get(name)
    return value if isinstance(value, str) else ""


def success_envelope(data: dict[str, Any]) -> bytes:
    return f'{{"status":true,"code":"{SUCCESS}","data":{_json(data)},"message":""}}'.encode()


def report_envelope(data: dict[str, Any]) -> bytes:
    """The answer to a request for clearing reports, with the code as a number and the message before data."""
    return f'{{"status":true,"code":{SUCCESS},"message":"","data":{_json(data)}}}'.encode()


def failure_envelope(code: str, message: str) -> bytes:
    """The answer to a refused request; `data` is an empty array, as PHP encodes an empty object."""
    return f'{{"status":false,"code":{_json(code)},"data":[],"message":{_json(message)}}}'.encode()


class Envelopes(NamedTuple):
    """The functions that write the envelopes of answers."""

    success: Callable[[dict[str, Any]], bytes]
    report: Callable[[dict[str, Any]], bytes]
    failure: Callable[[str, str], bytes]


ENVELOPES = Envelopes(success_envelope, report_envelope, failure_envelope)


def _json(value: Any) -> str:  # noqa: ANN401 - JSON
    """Compact JSON, by one C encoder for all answers, as `json.dumps` makes a new one for each."""
    if _encode is None:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "".join(_encode(value, 0))


EVIDENCE = (
    Fact("answer", '{"status": true, "code": "200", "data": {…}, "message": ""}', "documented", "SEED, 1.3"),
    Fact(
        "answer",
        'A failure has "status": false, its code as text, an empty array as data.',
        "assumed",
        "1.3, 2: status is documented, the shape of data UNSEEN",
    ),
    Fact("answer", "Errors have HTTP status 200.", "assumed", "1.1 UNSEEN; no client looks at the status"),
    Fact("path", "More slashes than one before and after Payments are accepted.", "assumed", "1.1 names one URL"),
    Fact("body", "Read as JSON with any Content-Type.", "client", "1.1, C1"),
    Fact("body", "Not a JSON object, more than 1 MiB, or another HTTP method than POST: -1000.", "assumed", "2 UNSEEN"),
    Fact("unknown method", "-1000; the most similar names are in X-Sandbox-Reason.", "assumed", "2 UNSEEN"),
)
