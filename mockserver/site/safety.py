"""Who may use the API and the dashboard: by which name, from which page, with which token."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Flask, Request, Response, request
from werkzeug.exceptions import SecurityError

from mockserver.addresses import name_in, reachable
from mockserver.api.operations import Problem
from mockserver.api.paths import DASHBOARD_PATH, NOT_SNIFFED
from mockserver.delivery.destination import USER_AGENT
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.gateway.request import PATH
from mockserver.pages.rendering import mount_point, reached_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mockserver.app import Application

_CHALLENGE = 'Basic realm="YabandPay sandbox: the control token is the password", charset="UTF-8"'
_AUTHORIZE = (
    "Send the header Authorization: Bearer TOKEN, with the token that the sandbox was started with as --control-token "
    "(YABANDPAY_MOCK_CONTROL_TOKEN). A browser asks for it as the password; the user name can be anything."
)
_LONGEST_SHOWN = 100
UNREADABLE = Problem("Bad body", 400, "The body of the request is incomplete, or its chunks are malformed.")


def add_safety(site: Flask, app: Application, open_to_all: Iterable[str]) -> None:
    """Protect the API and the dashboard from other sites (CSRF, DNS rebinding), and with the control token.

    The gateway, health and the payers' pages answer to every host name, because plug-ins and payers may use any; so do
    the paths of `open_to_all`.
    """
    open_paths = tuple(open_to_all)

    @site.before_request
    def check() -> Response | None:
        guarded = request.path.startswith(f"{DASHBOARD_PATH}/") and not request.path.startswith(open_paths)
        if guarded:
            problem = _wrong_host(app, request) or _own_notification(request)
            if problem is None and app.settings.control_token and not _has_token(app.settings.control_token):
                return _ask_for_token()
        else:
            problem = None
        pays = request.path.startswith(CHECKOUT_PATH) and request.method == "POST"
        if problem is None and (guarded or pays):
            problem = _foreign_page(app, request)
        return None if problem is None else answer_problem(problem)

    @site.after_request
    def label(response: Response) -> Response:
        name, value = NOT_SNIFFED
        response.headers[name.decode()] = value.decode()
        # A shop may show the payer's page in a frame, with form_type 02. The gateway's own responses stay as they are.
        if request.path != PATH and not request.path.startswith(CHECKOUT_PATH):
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response

    @site.errorhandler(SecurityError)
    def refuse_host(_error: SecurityError) -> Response:
        return answer_problem(_malformed(request.headers.get("Host", "")))


def answer_problem(problem: Problem) -> Response:
    """An error as RFC 9457 problem details."""
    return Response(msgspec.json.encode(problem), problem.status, content_type="application/problem+json")


def _wrong_host(app: Application, asked: Request) -> Problem | None:
    host = asked.headers.get("Host")
    if host is None or app.addresses.answers_to(host):
        return None
    name = name_in(host)
    if not name:
        return _malformed(host)
    own = app.addresses.seen_from("") or listening_url(asked.environ)
    detail = (
        f"The API and the dashboard do not answer to the name {name}. Use {own}, or start the "
        f"sandbox with --allowed-host {name} (YABANDPAY_MOCK_ALLOWED_HOST={name})."
    )
    return Problem("Unknown host name", 403, detail)


def listening_url(environ: Mapping[str, Any]) -> str:
    """The address at which a WSGI server listens, with the path at which it has mounted the sandbox."""
    name = environ["SERVER_NAME"]
    host = "127.0.0.1" if name.endswith(".invalid") else reachable(name)  # Waitress calls itself waitress.invalid
    return f"{environ['wsgi.url_scheme']}://{host}:{environ['SERVER_PORT']}{mount_point(environ)}"


def _malformed(host: str) -> Problem:
    detail = f"The Host header must be a name or an IP address, with or without a port, not {host[:_LONGEST_SHOWN]!r}."
    return Problem("Invalid host", 400, detail)


def _own_notification(asked: Request) -> Problem | None:
    """Refuse notifications: through a proxy or a published port, a notify_url may lead here unnoticed."""
    if asked.headers.get("User-Agent") != USER_AGENT:
        return None
    return Problem("Notification rejected", 403, "A notify_url must lead to the shop, not to the API of a sandbox.")


def _foreign_page(app: Application, asked: Request) -> Problem | None:
    origin = asked.headers.get("Origin")
    if origin is None or app.addresses.is_own_page(origin, reached_origin()):
        return None
    detail = (
        f"A page of {origin[:_LONGEST_SHOWN]!r} may not do this. If payers reach the sandbox at that address, start it "
        "with --public-url and the address."
    )
    return Problem("Unknown origin", 403, detail)


def _ask_for_token() -> Response:
    refused = answer_problem(Problem("Token needed", 401, _AUTHORIZE))
    refused.headers["WWW-Authenticate"] = _CHALLENGE
    return refused


def _has_token(token: str) -> bool:
    """Whether the token was sent in UTF-8, by a program or as the password that a browser asks for."""
    given = _token_in(request.headers.get("Authorization", ""))
    return hmac.compare_digest(given, token.encode())


def _token_in(header: str) -> bytes:
    scheme, _, rest = header.strip().partition(" ")
    credentials = rest.strip().encode("latin-1", "replace")  # the bytes of a header, as WSGI gives them
    if scheme.lower() == "bearer":
        return credentials
    try:
        return base64.b64decode(credentials).partition(b":")[2] if scheme.lower() == "basic" else b""
    except binascii.Error:
        return b""
