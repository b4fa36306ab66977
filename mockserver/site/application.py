"""The Flask application: the gateway, the sandbox's own API, the pages, the example merchant, and helpful errors.

`yabandpay-mock serve` puts its fast path in front of it. It is a whole sandbox under any other WSGI server too.
"""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import ServiceUnavailable

from mockserver import __version__
from mockserver.api.hiding import hide_secrets
from mockserver.api.openapi import OPERATIONS
from mockserver.api.operations import Problem
from mockserver.api.paths import ALIVE_PATH, API, DASHBOARD_PATH, READY_PATH
from mockserver.app import ACCOUNTS, EXAMPLE_MERCHANT_PATH, Application
from mockserver.client import InvalidNotificationError, verify_notification
from mockserver.gateway.request import PATH, is_gateway_path
from mockserver.pages.checkout.views import create_checkout
from mockserver.pages.dashboard import create_dashboard
from mockserver.pages.rendering import STATIC_PATH, address_here, create_pages, render_error
from mockserver.pages.stage.built_in_merchant import answer_notification
from mockserver.site.api_views import OPENAPI_PATH, add_api
from mockserver.site.payments_view import SENT_PATH, add_payments
from mockserver.site.safety import add_safety, answer_problem, listening_url
from mockserver.store.contract import StoreUnavailableError
from mockserver.texts import nearest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.exceptions import HTTPException

_LONGEST_LOGGED = 200
_OPEN_TO_ALL = (STATIC_PATH, EXAMPLE_MERCHANT_PATH, OPENAPI_PATH, ALIVE_PATH, READY_PATH)
_MANY_PROCESSES = (
    "Your server has several worker processes, and each is a sandbox with payments of its own. "
    "Set YABANDPAY_MOCK_DATABASE to a PostgreSQL database that they share, or use one worker with several threads, "
    "such as gunicorn --workers 1 --threads 8."
)


class FlaskSandbox(Flask):
    """A sandbox as a Flask application. Due work begins with the first request, unless a server has started it.

    Not before: a server such as gunicorn may create the application in one process and fork others, in which no thread
    of the first one runs.
    """

    def __init__(self, sandbox: Application) -> None:
        super().__init__(__name__, static_folder=None)
        self.sandbox = sandbox
        self._is_closed = False
        self.session_interface = _DashboardSession()
        # Signs only the sentences that a page shows after a button was pressed, perhaps by another process.
        self.secret_key = sandbox.store.secret.encode()
        self.config.update(MAX_CONTENT_LENGTH=1024 * 1024, SESSION_COOKIE_NAME="sandbox_session",
                           SESSION_COOKIE_SAMESITE="Lax")  # fmt: skip

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        if self._is_closed:
            detail = "This sandbox was closed, so it would process no payment. Create another one with create_app()."
            return answer_problem(Problem("Closed", 503, detail))(environ, start_response)
        if not self.sandbox.is_started:
            try:
                self._start(environ)
            except StoreUnavailableError as error:  # the next request tries again
                return answer_problem(Problem("Database unavailable", 503, str(error)))(environ, start_response)
        path = environ["PATH_INFO"]
        if path != PATH and is_gateway_path(path):
            environ = {**environ, "PATH_INFO": PATH, SENT_PATH: path}
        return super().wsgi_app(environ, start_response)

    def _start(self, environ: dict[str, Any]) -> None:
        # A test client has no server software, and a Unix socket no remote address.
        listens = "SERVER_SOFTWARE" in environ and environ.get("REMOTE_ADDR")
        if not self.sandbox.start(listening_url(environ) if listens else ""):
            return
        atexit.register(self.close)
        if environ.get("wsgi.multiprocess") and not self.sandbox.store.waits_for_io:
            self.logger.warning(_MANY_PROCESSES)

    def close(self) -> None:
        """Stop due work and close the store; later requests get 503. This happens by itself when the process exits."""
        self._is_closed = True
        atexit.unregister(self.close)
        self.sandbox.close()


class _DashboardSession(SecureCookieSessionInterface):
    """A session whose cookie goes to the dashboard only, wherever that is mounted."""

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 - as Flask has it
        return request.script_root + DASHBOARD_PATH


def create_site(app: Application, log: Callable[[str], None] | None = None) -> FlaskSandbox:
    """The Flask application of a sandbox; `log` gets a line for each request that reaches nothing.

    By default, the line is a warning of the application's logger.
    """
    with _compiling:
        return _create_site(app, log)


_compiling = threading.Lock()
"""Werkzeug compiles each route by `ast`, which Python 3.11 cannot do on two threads at once."""


def _create_site(app: Application, log: Callable[[str], None] | None) -> FlaskSandbox:
    site = FlaskSandbox(app)
    answer_payment = add_payments(site, app)
    add_api(site, app)
    hide_secrets(site, app)  # before the pages, whose filters make the Jinja environment out of its options
    site.register_blueprint(create_pages())
    site.register_blueprint(create_checkout(app))
    site.register_blueprint(create_dashboard(app))
    add_safety(site, app, _OPEN_TO_ALL)
    _add_example_merchant(site, app)
    _add_index(site, app)
    write = log or site.logger.warning
    _add_errors(site, app, answer_payment, lambda line: write(app.secrets.text(line, everyone=True)))
    site.register_error_handler(StoreUnavailableError, _store_unavailable)
    return site


def _is_for_people(asked: Request) -> bool:
    """Whether a page is expected, and not the words of an API."""
    return asked.path.startswith(f"{DASHBOARD_PATH}/") and not asked.path.startswith((f"{API}/", *_OPEN_TO_ALL))


def _add_example_merchant(site: Flask, app: Application) -> None:
    @site.post(f"{EXAMPLE_MERCHANT_PATH}/{ACCOUNTS}/<user>")
    def receive_of_account(user: str) -> Response:
        return Response(answer_notification(app, user, request.get_data()), content_type="text/plain; charset=utf-8")

    @site.post(EXAMPLE_MERCHANT_PATH, defaults={"path": ""})
    @site.post(f"{EXAMPLE_MERCHANT_PATH}/<path:path>")
    def receive_notification(path: str) -> Response:  # noqa: ARG001 - any path of the example merchant will do
        try:
            verify_notification(request.get_data(), app.settings.secret_key)
        except InvalidNotificationError:
            return Response("bad", content_type="text/plain")
        return Response("ok", content_type="text/plain")


def _add_index(site: Flask, app: Application) -> None:
    @site.get("/")
    def index() -> Response:
        here = address_here(app)
        own = f"{here}{API}/accounts/{app.settings.user}"
        lines = [
            f"YabandPay sandbox {__version__}",
            "",
            f"GET  {here}{DASHBOARD_PATH}/   the dashboard, for a browser",
            f"POST {here}{PATH}   the gateway",
            f"GET  {own}/exchanges   requests and responses",
            f"GET  {own}/payments/TRADE_ID   an order with its timeline",
            f"GET  {here}{OPENAPI_PATH}   all operations, as an OpenAPI document",
        ]
        return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _add_errors(
    site: Flask, app: Application, answer_payment: Callable[[], Response], log: Callable[[str], None]
) -> None:
    def logged(status: int, detail: str) -> str:
        log(f"{request.method} {_sent_path()[:_LONGEST_LOGGED]}: {status}. {detail}")
        return detail

    @site.errorhandler(404)
    def not_found(error: HTTPException) -> Response:
        if request.path.startswith(f"{DASHBOARD_PATH}/"):
            detail = f"There is no operation or page {request.path}; {OPENAPI_PATH} lists all operations."
        else:
            app.findings.take_unknown_address(request.method, app.secrets.text(_sent_path(), everyone=True))
            detail = f"The gateway has one address, POST {PATH}; there is nothing at {_sent_path()}."
        detail = logged(404, f"{detail} {nearest_address(_sent_path())}".strip())
        return render_error(error) if _is_for_people(request) else answer_problem(Problem("Not found", 404, detail))

    @site.errorhandler(500)
    def failed(error: HTTPException) -> Response:
        if _is_for_people(request):
            return render_error(error)
        return answer_problem(Problem("Internal error", 500, "The sandbox failed; its log has the traceback."))

    @site.errorhandler(405)
    def wrong_method(error: Any) -> Response:  # noqa: ANN401 - Flask passes the exception of the status
        if request.path == PATH:
            return answer_payment()
        takes = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
        detail = logged(405, f"{request.path} accepts {takes}, not {request.method}.")
        if _is_for_people(request):
            return render_error(error)
        return answer_problem(Problem("Method not allowed", 405, detail))


def nearest_address(path: str) -> str:
    """A sentence with the address that a path without anything most likely means; empty if none is similar."""
    wanted, segments = PATH.strip("/").casefold(), [part for part in path.casefold().split("/") if part]
    if not path.startswith(f"{DASHBOARD_PATH}/"):
        if segments == [wanted]:
            return f"Did you mean POST {PATH}? Upper and lower case differ in a path."
        if wanted in segments:
            return f"Did you mean POST {PATH}? Remove what is around it from the base URL of your client."
        near = nearest_words(segments[-1], [wanted]) if segments else []
        return f"Did you mean POST {PATH}?" if near else ""
    pages = (f"{API}{operation.path}" for operation in OPERATIONS)
    near = nearest_words(path, [f"{DASHBOARD_PATH}/", *dict.fromkeys(pages)])
    return f"Did you mean {near[0]}?" if near else ""


def _sent_path() -> str:
    return str(request.environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace")


def _store_unavailable(error: StoreUnavailableError) -> Response:
    if _is_for_people(request):
        return render_error(ServiceUnavailable(str(error)))
    return answer_problem(Problem("Database unavailable", 503, str(error)))
