"""`POST /Payments` as HTTP: the gateway's request in an HTTP request, and the HTTP response to its answer.

The server's fast path and the Flask view (WSGI) both use these functions; they differ only in how they wait and how the
bytes leave. This module imports no Flask, because a payment must not wait for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mockserver.addresses import origin_of
from mockserver.api.paths import NOT_SNIFFED, journal_path
from mockserver.domain.codes import SUCCESS
from mockserver.gateway.answer import UNRECORDED
from mockserver.gateway.request import SCENARIO_HEADER, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.domain.timeline import JournalEntry
    from mockserver.gateway.answer import Answer
    from mockserver.scenarios.faults import Reply

    Headers = list[tuple[bytes, bytes]]

NOTIFY_FIRST_PATIENCE = 5.0
"""Seconds for which a response waits for the merchant's notification, if a scenario sends that first.

A merchant that handles one request at a time cannot take the notification before it has the response.
"""

_SCENARIO_HEADER = SCENARIO_HEADER.lower().encode()
_LONGEST_HEADER = 1000
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = {"\u2026": "...", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2013": "-"}
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
_IN_HEADERS = _CONTROLS | str.maketrans(_ESCAPES | _PLAIN)


class PlannedResponse(NamedTuple):
    """An HTTP response that is still to be sent.

    `pieces` are sent in place of the body, in which case there is no Content-Length. `fault` is what a scenario does to
    the response on its way: a delay, or a body or a connection that breaks off.
    """

    status: int
    headers: Headers
    body: bytes
    pieces: Iterator[bytes] | None = None
    fault: Reply | None = None


def gateway_request(
    method: str, body: bytes, scenario: str, reached: tuple[str, str, str], sent_to: tuple[str, bytes, Headers]
) -> Request:
    """The gateway's request in an HTTP request.

    `reached` are the scheme, the Host header and the mount point; `sent_to` are the path, the query and the headers.
    """
    scheme, host, mounted_at = reached
    origin = origin_of(scheme, host)
    return Request(method, body, scenario.strip(), origin and origin + mounted_at, *sent_to)


def headers_of_success(answer: Answer) -> bytes | None:
    """The lines of the headers of an accepted request's response, which has the status 200; fast.

    None if it was refused, has a hint, was changed by a scenario, or is an export: `plan_response` plans all of them.
    """
    entry = answer.entry
    has_more = entry.code != SUCCESS or entry.reason or entry.hint
    if has_more or answer.reply is not None or answer.export is not None:
        return None
    return _success_headers(entry.user, entry.scenario) % (len(answer.body), entry.number)


@lru_cache(maxsize=32)
def _success_headers(user: str, scenario: str) -> bytes:
    """The headers of a success, with places for the length of its body and for the number of its exchange."""
    record = f"{journal_path(user)}/".encode().replace(b"%", b"%%")
    named = b"%b: %b\r\n" % (_SCENARIO_HEADER, _header_text(scenario).replace(b"%", b"%%")) if scenario else b""
    return (
        b"content-type: application/json\r\ncontent-length: %d\r\n"
        b"x-content-type-options: nosniff\r\nx-sandbox-record: " + record + b"%d\r\n" + named
    )


def plan_response(answer: Answer, error_status: int, mounted_at: str = "") -> PlannedResponse:
    """The HTTP response to an answer of the gateway; refusals have the status `error_status`, or their own."""
    entry = answer.entry
    status = 200 if entry.code == SUCCESS else answer.http_status or error_status
    sandbox_headers = _sandbox_headers(entry, mounted_at)
    export, fault = answer.export, answer.reply
    if fault is not None and (export is None or fault.is_lost):
        own = [("content-type", fault.content_type), ("content-length", str(len(fault.body))), *fault.headers]
        headers = [(name.encode(), value.encode()) for name, value in own]
        status = status if fault.status is None else fault.status
        return PlannedResponse(status, headers + sandbox_headers, fault.body, fault=fault)
    if export is None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer.body))]
        return PlannedResponse(status, headers + sandbox_headers, answer.body)
    headers = [(b"content-type", export.content_type.encode())]
    if export.filename:
        headers.append((b"content-disposition", f'attachment; filename="{export.filename}"'.encode()))
    return PlannedResponse(status, headers + sandbox_headers, answer.body, export.pieces, fault)


def _sandbox_headers(entry: JournalEntry, mounted_at: str) -> Headers:
    """What the sandbox adds beside the gateway's own response."""
    headers: Headers = [NOT_SNIFFED]
    if entry.number != UNRECORDED:
        headers.append((b"x-sandbox-record", f"{mounted_at}{journal_path(entry.user)}/{entry.number}".encode()))
    if entry.scenario:
        headers.append((_SCENARIO_HEADER, _header_text(entry.scenario)))
    if entry.reason:
        headers.append((b"x-sandbox-reason", _header_text(entry.reason)))
    if entry.hint:
        headers.append((b"x-sandbox-hint", _header_text(entry.hint.replace("\n", " "))))
    return headers


def _header_text(text: str) -> bytes:
    """A text as a header may carry it: one line of printable ASCII, the rest as escapes."""
    text = text[:_LONGEST_HEADER]
    if text.isascii() and text.isprintable():
        return text.encode()
    return text.translate(_IN_HEADERS).encode("ascii", "backslashreplace")[:_LONGEST_HEADER]
