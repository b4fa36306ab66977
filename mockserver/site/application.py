"""The Flask application behind the gateway: the sandbox's own API, the pages, the example merchant, a helpful 404."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Flask, Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from mockserver import __version__
from mockserver.api.hiding import hide_secrets
from mockserver.api.openapi import OPERATIONS, describe
from mockserver.api.operations import ApiError, BadValue, Operation, Pending, Problem, Visit
from mockserver.api.paths import ALIVE_PATH, API, PENDING, READY_PATH
from mockserver.app import EXAMPLE_MERCHANT_PATH, Application
from mockserver.client import InvalidNotificationError, verify_notification
from mockserver.gateway.request import PATH
from mockserver.pages.checkout import create_checkout
from mockserver.pages.dashboard import create_dashboard
from mockserver.pages.rendering import DASHBOARD_PATH, STATIC_PATH, address_here, create_pages, render_error
from mockserver.site.safety import add_safety, answer_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.exceptions import HTTPException

_OPENAPI = "/_sandbox/openapi.json"
_OPEN_TO_ALL = (STATIC_PATH, EXAMPLE_MERCHANT_PATH, _OPENAPI, ALIVE_PATH, READY_PATH)


def create_site(app: Application) -> Flask:
    """The site of one sandbox."""
    site = Flask(__name__, static_folder=None)
    site.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    hide_secrets(site, app)  # before the pages, whose filters make the Jinja environment out of its options
    for operation in OPERATIONS:
        path = API + re.sub(r"{(\w+)}", r"<\1>", operation.path)
        name = f"{operation.verb} {operation.path}".replace(".", "_")
        site.add_url_rule(path, name, _view(app, operation), methods=[operation.verb])
    document = msgspec.json.encode(describe(OPERATIONS))
    site.add_url_rule(_OPENAPI, "openapi", lambda: Response(document, content_type="application/json"))
    site.register_blueprint(create_pages())
    site.register_blueprint(create_checkout(app))
    site.register_blueprint(create_dashboard(app))
    site.config.update(SESSION_COOKIE_NAME="sandbox_session", SESSION_COOKIE_PATH=DASHBOARD_PATH,
                       SESSION_COOKIE_SAMESITE="Lax")  # fmt: skip
    site.secret_key = os.urandom(16)  # signs only the sentences that a page shows after a button was pressed
    add_safety(site, app, _OPEN_TO_ALL)
    _add_example_merchant(site, app)
    _add_front_door(site, app)
    return site


def _view(app: Application, operation: Operation) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        pending: list[Pending] | None = request.environ.get(PENDING)
        try:
            if pending:
                given = pending[0].result()
            else:
                given = operation.handle(Visit(app, path, _query(operation), _body(operation)))
            if isinstance(given, Pending):
                if pending is not None:
                    pending.append(given)
                    return Response(status=202)
                given = given.result()
        except ApiError as error:
            return answer_problem(error.problem)
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


def _is_for_people(asked: Request) -> bool:
    """Whether a page is expected, and not the words of an API."""
    return asked.path.startswith(f"{DASHBOARD_PATH}/") and not asked.path.startswith((f"{API}/", *_OPEN_TO_ALL))


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
        here = address_here(app)
        own = f"{here}{API}/accounts/{app.settings.user}"
        lines = [
            f"YabandPay sandbox {__version__}",
            "",
            f"GET  {here}{DASHBOARD_PATH}/   the dashboard, for a browser",
            f"POST {here}{PATH}   the gateway",
            f"GET  {own}/exchanges   what arrived and was answered",
            f"GET  {own}/payments/TRADE_ID   the life of an order",
            f"GET  {here}{_OPENAPI}   everything else that can be asked",
        ]
        return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

    @site.errorhandler(404)
    def not_found(error: HTTPException) -> Response:
        if _is_for_people(request):
            return render_error(error)
        if request.path.startswith(f"{API}/"):
            return answer_problem(
                Problem("Not found", 404, f"There is no operation {request.path}; {_OPENAPI} lists all.")
            )
        detail = f"The gateway has one address, POST {PATH}; there is nothing at {request.path}."
        return answer_problem(Problem("Not found", 404, detail))

    @site.errorhandler(500)
    def failed(error: HTTPException) -> Response:
        if _is_for_people(request):
            return render_error(error)
        return answer_problem(Problem("The sandbox itself failed", 500, "Its log says why."))

    @site.errorhandler(405)
    def wrong_method(error: Any) -> Response:  # noqa: ANN401 - Flask passes the exception of the status
        if _is_for_people(request):
            return render_error(error)
        takes = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
        return answer_problem(
            Problem("Method not allowed", 405, f"{request.path} takes {takes}, not {request.method}.")
        )
