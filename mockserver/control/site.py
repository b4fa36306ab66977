"""The Flask application behind the gateway: the sandbox's own API, the pages, the example merchant, a helpful 404."""

from __future__ import annotations

import hmac
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from flask import Flask, Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from mockserver import __version__
from mockserver.app import EXAMPLE_MERCHANT_PATH, Application
from mockserver.client import InvalidNotificationError, verify_notification
from mockserver.control.offered import OPERATIONS
from mockserver.control.openapi import describe
from mockserver.control.operations import ApiError, BadValue, NotYet, Operation, Problem, Visit
from mockserver.control.paths import ALIVE_PATH, API, LAST_TRY_HEADER, READY_PATH, WAIT_HEADER
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.gateway.request import PATH
from mockserver.pages.buttons import create_buttons
from mockserver.pages.checkout import create_checkout
from mockserver.pages.dashboard import DASHBOARD_PATH, create_dashboard
from mockserver.pages.desk import create_desk
from mockserver.pages.docs import create_docs
from mockserver.pages.gallery import create_gallery
from mockserver.pages.rendering import STATIC_PATH, create_pages, sentence
from mockserver.pages.tour import create_tour

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.exceptions import HTTPException

_OPENAPI = "/_sandbox/openapi.json"
_OPEN_TO_ALL = (STATIC_PATH, EXAMPLE_MERCHANT_PATH, _OPENAPI, ALIVE_PATH, READY_PATH)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


def create_site(app: Application) -> Flask:
    """The site of one sandbox."""
    site = Flask(__name__, static_folder=None)
    site.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    for operation in OPERATIONS:
        path = API + re.sub(r"{(\w+)}", r"<\1>", operation.path)
        name = f"{operation.verb} {operation.path}".replace(".", "_")
        site.add_url_rule(path, name, _view(app, operation), methods=[operation.verb])
    document = msgspec.json.encode(describe(OPERATIONS))
    site.add_url_rule(_OPENAPI, "openapi", lambda: Response(document, content_type="application/json"))
    site.register_blueprint(create_pages())
    site.register_blueprint(create_checkout(app))
    for create in (create_dashboard, create_buttons, create_gallery, create_desk, create_tour, create_docs):
        site.register_blueprint(create(app))
    site.config.update(SESSION_COOKIE_NAME="sandbox_session", SESSION_COOKIE_PATH=DASHBOARD_PATH,
                       SESSION_COOKIE_SAMESITE="Lax")  # fmt: skip
    site.secret_key = os.urandom(16)  # signs only the sentences that a page shows after a button was pressed
    _add_safety(site, app)
    _add_example_merchant(site, app)
    _add_front_door(site, app)
    return site


def _problem(problem: Problem) -> Response:
    """An error as RFC 9457 problem details."""
    return Response(msgspec.json.encode(problem), problem.status, content_type="application/problem+json")


def _view(app: Application, operation: Operation) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        try:
            last_try = LAST_TRY_HEADER in request.headers
            given = operation.handle(Visit(app, path, _query(operation), _body(operation), last_try))
        except ApiError as error:
            return _problem(error.problem)
        if isinstance(given, NotYet):
            return Response(status=202, headers={WAIT_HEADER: str(given.seconds)})
        if operation.gives is None:
            return Response(status=operation.status)
        content = given if operation.media != "application/json" else msgspec.json.encode(given)
        return Response(content, operation.status, content_type=operation.media)

    return view


def _query(operation: Operation) -> Any:  # noqa: ANN401 - of the operation's own type
    if operation.query is None:
        return None
    try:
        return msgspec.convert(request.args.to_dict(), operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise ApiError(422, "Bad query", f"{error}.") from None


def _body(operation: Operation) -> Any:  # noqa: ANN401 - of the operation's own type
    if operation.body is None:
        return None
    if request.mimetype != "application/json":
        raise ApiError(415, "JSON only", "Send the body as JSON, with the header Content-Type: application/json.")
    try:
        return msgspec.json.decode(request.get_data() or b"{}", type=operation.body)
    except RequestEntityTooLarge:
        raise ApiError(413, "Too large", "Send a body of at most 1 MiB.") from None
    except msgspec.ValidationError as error:
        raise BadValue(f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, "No JSON", f"{error}.") from None
    except RecursionError:
        raise ApiError(400, "No JSON", "The body is nested too deeply to be read.") from None


def _add_safety(site: Flask, app: Application) -> None:
    """Keep other people's pages and names away from the API and the dashboard, and strangers if there is a token."""

    @site.before_request
    def check() -> Response | None:
        if request.path.startswith(CHECKOUT_PATH) and request.method == "POST" and _is_foreign(request):
            return _problem(Problem("Foreign origin", 403, "A page of another site may not pay here."))
        if not request.path.startswith(f"{DASHBOARD_PATH}/") or request.path.startswith(_OPEN_TO_ALL):
            return None
        if app.settings.control_token and not _has_token(app.settings.control_token):
            detail = "Send the control token that the sandbox was started with, as Authorization: Bearer TOKEN."
            refused = _problem(Problem("Token needed", 401, detail))
            refused.headers["WWW-Authenticate"] = 'Basic realm="YabandPay sandbox: the control token is the password"'
            return refused
        if _is_foreign(request):
            detail = f"A page of {request.headers['Origin']} may not use this sandbox."
            return _problem(Problem("Foreign origin", 403, detail))
        if not _is_own_name(app, request.host):
            detail = f"This sandbox is not called {request.host}; use the address that it was started with."
            return _problem(Problem("Foreign host", 403, detail))
        return None


def _is_foreign(asked: Request) -> bool:
    """Whether a page of another site has asked."""
    origin = asked.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != asked.host


def _is_for_people(asked: Request) -> bool:
    """Whether a page is expected, and not the words of an API."""
    return asked.path.startswith(f"{DASHBOARD_PATH}/") and not asked.path.startswith((f"{API}/", *_OPEN_TO_ALL))


def _has_token(token: str) -> bool:
    """Whether the token was sent, by a program or as the password that a browser asks for."""
    login = request.authorization
    given = "" if login is None else (login.token or login.password or "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _is_own_name(app: Application, host: str) -> bool:
    """Whether a page that was given a name of its own for this address is kept out."""
    name = urlsplit(f"//{host}").hostname or ""
    own = {urlsplit(address).hostname for address in (app.base_url, app.settings.public_url) if address}
    open_to_all = app.settings.host not in _LOOPBACK
    return name in _LOOPBACK or name in own or open_to_all


def _add_example_merchant(site: Flask, app: Application) -> None:
    @site.post(EXAMPLE_MERCHANT_PATH, defaults={"path": ""})
    @site.post(f"{EXAMPLE_MERCHANT_PATH}/<path:path>")
    def receive_notification(path: str) -> Response:  # noqa: ARG001 - any path of the example merchant will do
        try:
            verify_notification(request.get_data(), app.settings.secret_key)
        except InvalidNotificationError:
            return Response("bad", content_type="text/plain")
        return Response("ok", content_type="text/plain")


def _add_front_door(site: Flask, app: Application) -> None:
    @site.get("/")
    def greet() -> Response:
        own = f"{app.base_url}{API}/accounts/{app.settings.user}"
        lines = [
            f"YabandPay sandbox {__version__}",
            "",
            f"GET  {app.base_url}{DASHBOARD_PATH}/   the dashboard, for a browser",
            f"POST {app.base_url}{PATH}   the gateway",
            f"GET  {own}/exchanges   what arrived and was answered",
            f"GET  {own}/payments/TRADE_ID   the life of an order",
            f"GET  {app.base_url}{_OPENAPI}   everything else that can be asked",
        ]
        return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

    @site.errorhandler(404)
    def not_found(error: HTTPException) -> Response:
        if _is_for_people(request):
            return sentence(error)
        if request.path.startswith(f"{API}/"):
            return _problem(Problem("Not found", 404, f"There is no operation {request.path}; {_OPENAPI} lists all."))
        detail = f"The gateway has one address, POST {PATH}; there is nothing at {request.path}."
        return _problem(Problem("Not found", 404, detail))

    @site.errorhandler(500)
    def failed(error: HTTPException) -> Response:
        if _is_for_people(request):
            return sentence(error)
        return _problem(Problem("The sandbox itself failed", 500, "Its log says why."))

    @site.errorhandler(405)
    def wrong_method(error: Any) -> Response:  # noqa: ANN401 - Flask passes the exception of the status
        if _is_for_people(request):
            return sentence(error)
        takes = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
        return _problem(Problem("Method not allowed", 405, f"{request.path} takes {takes}, not {request.method}."))
