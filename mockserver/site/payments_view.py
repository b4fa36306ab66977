"""`POST /Payments` as a Flask view: the gateway behind any WSGI server, and behind a test client.

`yabandpay-mock serve` answers these requests itself (`mockserver.server.gateway_route`). Here everything happens in the
request's own thread: explaining a wrong signature, delays, and waiting for a notification that goes first.
"""

from __future__ import annotations

import threading
from concurrent.futures import wait
from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

from mockserver.gateway.request import LARGEST_BODY, PATH, SCENARIO_HEADER
from mockserver.pages.rendering import NOT_PLAYED_HEADER, mount_point
from mockserver.scheduler.waits import TooManyWaitsError
from mockserver.site.gateway_response import NOTIFY_FIRST_PATIENCE, gateway_request, plan_response
from mockserver.site.safety import UNREADABLE, answer_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flask import Flask

    from mockserver.app import Application
    from mockserver.gateway.answer import NotifiesFirst
    from mockserver.scenarios.faults import Reply

SENT_PATH = "mockserver.sent_path"
"""The key in the WSGI environment of the path that was sent, if it was the gateway's with more slashes."""

_PIECES = 20
_ENDINGS = {"cut": "a body that breaks off", "reset": "a reset", "closed": "a closed connection", "silent": "silence"}


def add_payments(site: Flask, app: Application) -> Callable[[], Response]:
    """Add the view; the same function answers other HTTP methods than POST."""

    def payments() -> Response:
        environ, root = request.environ, mount_point(request.environ)
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        scenario = request.headers.get(SCENARIO_HEADER, "")
        try:
            body = _body()
        except (OSError, ClientDisconnected):
            return answer_problem(UNREADABLE)
        headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
        sent_to = environ.get(SENT_PATH, PATH), request.query_string, headers
        wanted = gateway_request(request.method, body, scenario, (request.scheme, host, root), sent_to)
        answer = app.gateway.answer(wanted)
        if answer.notifies_first is not None:
            _wait_until_notified(app, answer.exchange.user, answer.notifies_first)
        planned = plan_response(answer, app.error_http_status, root)
        shown = [(name.decode(), value.decode("latin-1")) for name, value in planned.headers]
        content: Iterable[bytes] = [planned.body] if planned.pieces is None else planned.pieces
        if planned.fault is not None:
            _pause(planned.fault.wait)
            content = _slowly(planned.body, planned.fault.spread) if planned.fault.spread else content
            shown += _not_played(planned.fault)
        # Passed through as it is: the gateway's response is not masked, measured or held in memory as a whole.
        return Response(content, planned.status, shown, direct_passthrough=True)

    site.add_url_rule(PATH, "payments", payments, methods=["POST"], provide_automatic_options=False)
    return payments


def _body() -> bytes:
    """The body; of one that is too large, as much as shows that it is."""
    stream, body = get_input_stream(request.environ), bytearray()
    while len(body) <= LARGEST_BODY and (part := stream.read(LARGEST_BODY + 1 - len(body))):
        body += part
    return bytes(body)


def _wait_until_notified(app: Application, user: str, condition: NotifiesFirst) -> None:
    with suppress(TooManyWaitsError):
        wait([app.waits.wait_for(user, condition, NOTIFY_FIRST_PATIENCE)])


def _pause(milliseconds: float) -> None:
    threading.Event().wait(milliseconds / 1000)


def _slowly(body: bytes, milliseconds: int) -> Iterator[bytes]:
    """A body in pieces, spread over a number of milliseconds."""
    size = max(1, len(body) // _PIECES)
    starts = range(0, len(body), size)
    for start in starts:
        yield body[start : start + size]
        _pause(milliseconds / len(starts))


def _not_played(fault: Reply) -> list[tuple[str, str]]:
    """The header that names a fault which needs the connection, and that WSGI therefore cannot play."""
    if fault.ending == "complete":
        return []
    return [(NOT_PLAYED_HEADER, f"{_ENDINGS[fault.ending]} needs yabandpay-mock serve")]
