"""The Flask application behind the gateway: records, health, the example merchant, and a helpful 404."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, jsonify, request
from flask.json.provider import DefaultJSONProvider

from mockserver import __version__
from mockserver.app import EXAMPLE_MERCHANT_PATH, Application
from mockserver.client import InvalidNotificationError, verify_notification
from mockserver.control.paths import API
from mockserver.control.records import exchange_record, order_record
from mockserver.gateway.endpoint import PATH
from mockserver.pages.checkout import create_checkout
from mockserver.payments.payment import Payment
from mockserver.store.contract import NOBODY

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

_NEWEST = 100
_TOO_LARGE = 2**62


class _InOrder(DefaultJSONProvider):
    """Writes the keys of a record in their own order."""

    sort_keys = False


def create_site(app: Application) -> Flask:
    """The site of one sandbox."""
    site = Flask(__name__, static_folder=None)
    site.json = _InOrder(site)
    site.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    _add_records(site, app)
    _add_health(site, app)
    _add_example_merchant(site, app)
    site.register_blueprint(create_checkout(app))
    _add_front_door(site, app)
    return site


def _problem(status: int, title: str, detail: str) -> Response:
    """An error as RFC 9457 problem details."""
    response = jsonify(type="about:blank", title=title, status=status, detail=detail)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _add_records(site: Flask, app: Application) -> None:
    @site.get(f"{API}/exchanges", defaults={"user": NOBODY})
    @site.get(f"{API}/accounts/<user>/exchanges")
    def list_exchanges(user: str) -> Response:
        with app.store.unit(_known(user)) as unit:
            exchanges = unit.exchanges(_NEWEST)
        return jsonify([exchange_record(exchange) for exchange in exchanges])

    @site.get(f"{API}/exchanges/<int:number>", defaults={"user": NOBODY})
    @site.get(f"{API}/accounts/<user>/exchanges/<int:number>")
    def show_exchange(user: str, number: int) -> Response:
        with app.store.unit(_known(user)) as unit:
            exchange = unit.exchange(number) if number < _TOO_LARGE else None
        if exchange is None:
            abort(404, f"The journal holds no exchange {number}; it keeps the newest {app.settings.journal_size}.")
        return jsonify(exchange_record(exchange))

    @site.get(f"{API}/accounts/<user>/orders/<trade_id>")
    def show_order(user: str, trade_id: str) -> Response:
        with app.store.unit(_known(user)) as unit:
            payment = unit.get(Payment, trade_id)
            record = payment and order_record(payment, unit)
        if record is None:
            abort(404, f"Account {user} has no order with the trade_id {trade_id}.")
        return jsonify(record)

    def _known(user: str) -> str:
        if app.store.account(user) is None:
            abort(404, f"There is no account {user}.")
        return user


def _add_health(site: Flask, app: Application) -> None:
    @site.get(f"{API}/health/live")
    def live() -> Response:
        return jsonify(status="live", version=__version__)

    @site.get(f"{API}/health/ready")
    def ready() -> Response:
        with app.store.unit(app.settings.user):
            return jsonify(status="ready", version=__version__)


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
        lines = [
            f"YabandPay sandbox {__version__}",
            "",
            f"POST {app.base_url}{PATH}   the gateway",
            f"GET  {app.base_url}{API}/accounts/{app.settings.user}/exchanges   what arrived and was answered",
            f"GET  {app.base_url}{API}/accounts/{app.settings.user}/orders/TRADE_ID   the life of an order",
        ]
        return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

    @site.errorhandler(404)
    def not_found(error: HTTPException) -> Response:
        if request.path.startswith(f"{API}/"):
            return _problem(404, "Not found", str(error.description))
        return _problem(
            404, "Not found", f"The gateway has one address, POST {PATH}; there is nothing at {request.path}."
        )

    @site.errorhandler(405)
    def wrong_method(error: Any) -> Response:  # noqa: ANN401 - Flask passes the exception of the status
        takes = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
        return _problem(405, "Method not allowed", f"{request.path} takes {takes}, not {request.method}.")
