"""The stage: a payment is created and watched on three lanes, and the account's clock is moved below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import abort, redirect, request, url_for

from mockserver.api.operations import ApiError
from mockserver.api.paths import number_in
from mockserver.domain.money import CURRENCIES
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payouts import Payout
from mockserver.gateway.errors import Refusal
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.pages.actions import failed_note
from mockserver.pages.notes import leave_note
from mockserver.pages.rendering import DashboardPage, translated, translated_reason
from mockserver.pages.stage.guests import guests_of
from mockserver.pages.stage.lanes import lanes_of
from mockserver.pages.stage.orders import IN_WALLET, OFFERS, Draft, euro_first, play, query, refund
from mockserver.pages.stage.time_bar import BUTTONS, move_clock, time_bar
from mockserver.scenarios.scenario import DEFAULT_NAME, UnknownScenarioError
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange

_MEETING = "meeting"
_TIME_FORM = "stage-time"
_MOST_REQUESTS = 20
_FIELDS = {"sub_pay_method": "offer", "pay_method": "offer"}
_CURRENCIES = euro_first(CURRENCIES)


def _show_stage(app: Application, account: Account) -> dict[str, Any] | BaseResponse:
    if request.method == "POST":
        return _create(app, account)
    exchanges = _wanted_exchanges(app, account)
    return _values(app, account, "", Draft(), exchanges)


def _create(app: Application, account: Account) -> dict[str, Any] | BaseResponse:
    card = request.form.get("play", "")
    draft = Draft(IN_WALLET, scenario=card) if card else Draft.read(request.form)
    try:
        sent = play(app, account, draft)
    except (Refusal, UnknownScenarioError) as error:
        fields = error.fields if isinstance(error, Refusal) else ("scenario",)
        wrong = frozenset(_FIELDS.get(name, name) for name in fields)
        said = translated_reason(error.reason if isinstance(error, Refusal) else str(error))
        return {**_values(app, account, "", draft, []), "error": said, "wrong": wrong, "status": 422}
    return redirect(_address_of(app, account, sent), 303)


def _address_of(app: Application, account: Account, sent: list[Exchange]) -> str:
    """The page that shows what was sent: an order's, or that of the requests which led to none."""
    found = next((one.trade_id for one in sent if one.trade_id and _found(app, account, one.trade_id)), "")
    return _address(account, found, [one.number for one in sent if not found or one.trade_id != found])


def _address(account: Account, trade_id: str, requests: Sequence[object] = ()) -> str:
    """The page of an order, or without one of some requests, in the present mode."""
    place: dict[str, Any] = {"user": account.user, "mode": _mode() or None, "request": requests or None}
    if trade_id:
        return url_for("dashboard.stage_order", trade_id=trade_id, **place)
    return url_for("dashboard.stage", **place)


def _found(app: Application, account: Account, identifier: str) -> Payment | Payout | None:
    """The order or the payout with this id."""
    with app.store.read(account.user) as view:
        return view.get(Payment, identifier) or view.get(Payout, identifier)


def _show_order(app: Application, account: Account, trade_id: str) -> dict[str, Any] | BaseResponse:
    found = _found(app, account, trade_id)
    if found is None:
        abort(404, translated("There is no order with the trade_id {trade_id}.", trade_id=trade_id))
    payment = found if isinstance(found, Payment) else None
    if request.method == "POST" and payment is not None:
        return _act(app, account, payment)
    draft = Draft() if payment is None else Draft.of(payment)
    return _values(app, account, trade_id, draft, _wanted_exchanges(app, account))


def _act(app: Application, account: Account, payment: Payment) -> BaseResponse:
    """Send another request of the shop about an order."""
    wants_refund = request.form.get("act") == "refund"
    scenario = "" if payment.scenario == DEFAULT_NAME else payment.scenario
    known = scenario in {one.name for one in app.catalog if "refund" in one.parts}
    if wants_refund:
        sent = refund(app, account, payment, scenario if known else "")
    else:
        sent = query(app, account, payment.trade_id)
    return redirect(_address(account, payment.trade_id, [*request.args.getlist("request"), sent.number]), 303)


def _values(
    app: Application, account: Account, trade_id: str, draft: Draft, exchanges: list[Exchange]
) -> dict[str, Any]:
    lanes = lanes_of(app, account, trade_id, exchanges) if trade_id or exchanges else None
    payment = lanes.payer.payment if lanes and lanes.payer else None
    page = f"{CHECKOUT_PATH}/{quote(account.user, safe='')}/{quote(trade_id, safe='')}"
    is_meeting = _mode() == _MEETING
    return {
        "lanes": lanes,
        "payment": payment,
        "trade_id": trade_id,
        "bar": time_bar(app, account, trade_id),
        "buttons": BUTTONS,
        "draft": draft,
        "offers": _offers_by_method(),
        "currencies": _CURRENCIES,
        "scenarios": [one for one in app.catalog if one.name != DEFAULT_NAME],
        "error": "",
        "wrong": frozenset(),
        "is_meeting": is_meeting,
        "mode": _mode(),
        "guests": guests_of(app, f"{page}?plain=1") if is_meeting and payment is not None else None,
    }


def _offers_by_method() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for offer in OFFERS.values():
        found.setdefault(offer.method.name, []).append(offer)
    return {"v3.CreatePayments": found.pop("v3.CreatePayments"), **found}


def _mode() -> str:
    return _MEETING if request.values.get("mode") == _MEETING else ""


def _wanted_exchanges(app: Application, account: Account) -> list[Exchange]:
    """The requests that the address of the page names, as far as the journal has them."""
    numbers = [number_in(text) for text in request.args.getlist("request")[-_MOST_REQUESTS:]]
    with app.store.read(account.user) as view:
        found = [view.exchange(number) for number in dict.fromkeys(numbers) if number]
    return [exchange for exchange in found if exchange is not None]


def _move_time(app: Application, account: Account) -> BaseResponse:
    try:
        move_clock(app, account.user, request.form)
    except ApiError as error:
        leave_note(failed_note(app, error.problem.detail, _TIME_FORM))
    return redirect(_address(account, request.form.get("trade_id", ""), request.form.getlist("request")), 303)


DASHBOARD_PAGES = (
    DashboardPage("stage", "/accounts/<user>/stage", "stage.html", _show_stage, message("Stage"), menu_order=5,
                  methods=("GET", "POST"), has_frames=True, key="h"),
    DashboardPage("stage_order", "/accounts/<user>/stage/<trade_id>", "stage.html", _show_order, message("Stage"),
                  section="stage", methods=("GET", "POST"), has_frames=True),
    DashboardPage("stage_time", "/accounts/<user>/stage-time", "", _move_time, methods=("POST",)),
)  # fmt: skip
