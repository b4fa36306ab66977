"""The dashboard: orders, requests and notifications of an account as they happen, and the whole story of each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BareResponse

from mockserver.api.paths import LIVE_PATH, number_in
from mockserver.api.records import instant_text
from mockserver.api.schemas import ExchangeRecord
from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.domain.money import amount_text
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.refunds import Refund
from mockserver.gateway.example import documented_request
from mockserver.pages.language import translated
from mockserver.pages.presenters import Told, code_look, difference, look_of, moments, orders, readable
from mockserver.pages.rendering import NOT_PLAYED_HEADER, address_here, page, sentence
from mockserver.texts import message

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as AnyResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account

DASHBOARD_PATH = "/_sandbox"
STEPS = ("1m", "1h", "1d")
DEFECTS = (message("wrong signature"), message("not JSON"), message("no sign"))
_LISTED = 100
_LONGEST_SHOWN = 60


def pages_with_header(app: Application, name: str) -> Blueprint:
    """Pages of the dashboard, still to be added, with what their header shows."""
    pages = Blueprint(name, __name__, url_prefix=DASHBOARD_PATH)
    pages.context_processor(lambda: shared_values(app))
    return pages


def create_dashboard(app: Application) -> Blueprint:
    """The dashboard of a sandbox."""
    pages = pages_with_header(app, "dashboard")

    @pages.get("/")
    def enter() -> AnyResponse:
        return redirect(url_for("dashboard.list_orders", user=present_user(app)), 303)

    @pages.get("/live/<user>")
    def may_listen(user: str) -> AnyResponse:
        account_of(app, user)
        return BareResponse(status=204, headers={NOT_PLAYED_HEADER: "an event stream needs yabandpay-mock serve"})

    @pages.errorhandler(404)
    def tell(error: HTTPException) -> Response:
        return sentence(error)

    _add_lists(pages, app)
    _add_stories(pages, app)
    return pages


def present_user(app: Application) -> str:
    """The account that a page without one in its address is shown for: the one it was left from, or any that is."""
    asked = request.args.get("user", app.settings.user)
    users = app.merchants()
    return asked if asked in users else next(iter(users), app.settings.user)


def shared_values(app: Application) -> dict[str, Any]:
    """What the header of every page of an account shows."""
    user = (request.view_args or {}).get("user") or present_user(app)
    account = app.store.account(user)
    return {
        "account": account,
        "users": app.merchants()[:_LISTED],
        "clock": None if account is None else app.clocks.of(user),
        "now": "" if account is None else instant_text(app.clocks.of(user).now()),
        "look_of": look_of,
        "code_look": code_look,
        "amount_text": amount_text,
        "instant_text": instant_text,
        "readable": readable,
        "live": f"{request.script_root}{LIVE_PATH}{quote(user, safe='')}",
        "steps": STEPS,
    }


def account_of(app: Application, user: str) -> Account:
    """The account of a page; a page says so when there is none."""
    account = app.store.account(user)
    if account is None or user == ANONYMOUS:
        abort(404, translated("There is no account {user}.", user=user))
    return account


def _add_lists(pages: Blueprint, app: Application) -> None:
    @pages.get("/accounts/<user>/orders")
    def list_orders(user: str) -> Response:
        account = account_of(app, user)
        text, state = request.args.get("q", "").strip(), request.args.get("state", "")
        at = number_in(request.args.get("page", "1")) or 1
        with app.store.read(user) as unit:
            found = orders(unit, text, state if state in set(PAYMENT_STATES) else "", at)
        example = documented_request(account.user)["data"]
        return page(
            "orders.html", found=found, text=text, state=state, at=at, states=list(PAYMENT_STATES), example=example,
            here=address_here(app),
        )  # fmt: skip

    @pages.get("/accounts/<user>/requests")
    def list_requests(user: str) -> Response:
        account_of(app, user)
        with app.store.read(user) as unit:
            taken, exchanges = unit.last_number("exchanges"), unit.exchanges(_LISTED)
        with app.store.read(ANONYMOUS) as unit:
            strangers = unit.exchanges(_LISTED)
        only = request.args.get("only", "")
        if only == "refused":
            exchanges = [one for one in exchanges if one.code in REFUSAL_MESSAGES]
        return page("requests.html", exchanges=exchanges, strangers=strangers, taken=taken, only=only)

    @pages.get("/accounts/<user>/notifications")
    def list_notifications(user: str) -> Response:
        account_of(app, user)
        with app.store.read(user) as unit:
            found = list(islice(unit.newest_notifications(), _LISTED))
            told = [Told(one, unit.attempts(one.number), "") for one in found]
        return page("notifications.html", told=told)


def _add_stories(pages: Blueprint, app: Application) -> None:
    @pages.get("/accounts/<user>/orders/<trade_id>")
    def show_order(user: str, trade_id: str) -> Response:
        account_of(app, user)
        with app.store.read(user) as unit:
            payment = unit.get(Payment, trade_id)
            story = moments(unit, trade_id)
            refunds = unit.group(Refund, trade_id)
        if payment is None:
            abort(404, translated("There is no order with the trade_id {trade_id}.", trade_id=trade_id))
        pushes = sorted(PAYMENT_STATES.after(payment.state))
        return page("order.html", payment=payment, story=story, refunds=refunds, pushes=pushes,
                    states=list(PAYMENT_STATES), defects=DEFECTS)  # fmt: skip

    @pages.get("/accounts/<user>/requests/<number>")
    def show_request(user: str, number: str) -> Response:
        account_of(app, user)
        return _request_page(app, user, number)

    @pages.get("/strangers/<number>")
    def show_stranger(number: str) -> Response:
        return _request_page(app, ANONYMOUS, number)


def _request_page(app: Application, user: str, wanted: str) -> Response:
    number = number_in(wanted)
    with app.store.read(user) as unit:
        exchange = None if number is None else unit.exchange(number)
    if exchange is None:
        abort(404, translated("The journal holds no request {number}.", number=wanted[:_LONGEST_SHOWN]))
    record = ExchangeRecord.of(exchange)
    told = record.explanation
    parted = told and difference(told)
    return page("request.html", exchange=exchange, record=record, parted=parted,
                meaning=REFUSAL_MESSAGES.get(exchange.code, ""))  # fmt: skip
