"""The checkout page, to which the `url` of a response leads. The payer pays there, or chooses the outcome.

Sources: protocol.md 3.1, 4.5.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, abort, redirect, request
from markupsafe import Markup, escape

from mockserver import identity
from mockserver.domain.kinds import do_due_transitions
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.payload import signed_body
from mockserver.domain.payments.payer import (
    LATE_PAYMENT_DELAY,
    arrives_late_at,
    choose,
    pay_by_card,
    pay_with_problem,
    success_of,
)
from mockserver.domain.payments.payment import PAYMENT_STATES, UNPAID, Payment
from mockserver.domain.payments.serialization import as_bank_transfer, payment_data
from mockserver.domain.states import IllegalTransitionError
from mockserver.domain.wallets import choices
from mockserver.evidence import Fact
from mockserver.gateway.fields import is_web_address
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.pages.browser_return import return_field
from mockserver.pages.card_form import CARD_OUTCOMES, next_expiry, read_card, test_cards
from mockserver.pages.checkout_content import DELIVERY_STATES, EDGE_CASES, outcomes, result_of, wallet_style
from mockserver.pages.rendering import address_here, find_account, render_framable_page, translated
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.pages.checkout_content import Flow

STATE_HEADER = "X-Sandbox-State"
"""The state of the order on a page, by which an open page notices a change."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ERRORS = {
    HTTPStatus.NOT_FOUND: (
        message("Order not found"),
        message("Check the link. The sandbox may have been restarted since the order was created."),
    ),
    HTTPStatus.CONFLICT: (message("Action not possible"), message("The order has changed since you opened this page.")),
}


class TimeLeft(NamedTuple):
    """Milliseconds until an instant, by the account's clock and in real time; the latter is None when that stands."""

    left: int
    real: int | None

    @property
    def text(self) -> str:
        """Hours if there are any, minutes and seconds, as the page's script goes on writing it."""
        minutes, seconds = divmod(-(-self.left // 1000), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class _ShownOrder(NamedTuple):
    """An order and its notifications, at an instant of the account's clock."""

    app: Application
    account: Account
    payment: Payment
    notifications: list[Notification]
    now: int

    def until(self, instant: int) -> TimeLeft:
        seconds = self.app.clocks.of(self.account.user).seconds_until(instant)
        return TimeLeft(max(0, instant - self.now), None if seconds is None else round(seconds * 1000))


def create_checkout(app: Application) -> Blueprint:
    """The checkout pages of a sandbox."""
    pages = Blueprint("checkout", __name__, url_prefix=CHECKOUT_PATH)

    @pages.get("/<user>/<trade_id>")
    def show(user: str, trade_id: str) -> Response:
        account = find_account(app, user)
        now = app.clocks.of(user).now()
        app.catch_up(account)
        with app.store.unit(user) as unit:
            do_due_transitions(unit, account, now)
            payment, notifications = _payment(unit, trade_id), unit.notifications(trade_id)
        return _page(_ShownOrder(app, account, payment, notifications, now))

    @pages.post("/<user>/<trade_id>")
    def act(user: str, trade_id: str) -> BaseResponse:
        account, form = find_account(app, user), request.form
        now = app.clocks.of(user).now()
        app.catch_up(account)
        with app.store.unit(user) as unit:
            do_due_transitions(unit, account, now)
            payment = _payment(unit, trade_id)
            if payment.state not in UNPAID and payment.state == form.get("state"):
                return redirect(request.script_root + request.path, 303)  # the button was pressed twice
            chosen = _with_wallet(payment, form.get("wallet", ""))
            errors: Mapping[str, str] = {}
            if "card_number" in form:
                errors = _pay_by_card(unit, account, chosen, now)
            else:
                _simulate(unit, account, payment, chosen, now)
        if errors:
            return _page(_ShownOrder(app, account, chosen, [], now), 422, errors)
        return redirect(request.script_root + request.path, 303)

    for status in _ERRORS:
        pages.register_error_handler(status, _error_page)
    return pages


def _error_page(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.NOT_FOUND)
    title, text = _ERRORS[status]
    return render_framable_page(
        "checkout_error.html", status, title=title, text=text, detail=error.description,
        is_outdated=status == HTTPStatus.CONFLICT,
    )  # fmt: skip


def _payment(unit: UnitOfWork, trade_id: str) -> Payment:
    payment = unit.get(Payment, trade_id)
    if payment is None:
        abort(404, translated("There is no order with the trade_id {trade_id}.", trade_id=trade_id))
    return payment


def _with_wallet(payment: Payment, wallet: str) -> Payment:
    """A payment with the wallet that its payer has chosen, if it was offered."""
    offered = choices(payment.sub_pay_method, payment.currency, payment.amount)
    return payment._replace(sub_pay_method=wallet) if wallet in offered else payment


def _simulate(unit: UnitOfWork, account: Account, payment: Payment, chosen: Payment, now: int) -> None:
    """Carry out the outcome or edge case of a button; the chosen wallet counts only where it pays."""
    wanted, wanted_case = request.form.get("state", ""), request.form.get("edge_case", "")
    state = next((outcome.state for outcome in outcomes(payment) if outcome.state == wanted), None)
    edge_case = next((one for one in EDGE_CASES if one == wanted_case and payment.state in UNPAID), None)
    if state is not None:
        pays = state in {"paid", "verify", "authorized"}
        choose(unit, account, chosen if pays else payment, state, now)
    elif edge_case is not None:
        pay_with_problem(unit, account, chosen, edge_case, now)
    else:
        _refuse(payment, wanted or wanted_case or "nothing")


def _pay_by_card(unit: UnitOfWork, account: Account, payment: Payment, now: int) -> Mapping[str, str]:
    """Pay by the card in the form; returns the errors in it by field."""
    if payment.state not in UNPAID:
        _refuse(payment, success_of(payment))
    number, errors = read_card(request.form, payment.sub_pay_method, now)
    if not errors:
        pay_by_card(unit, account, payment, number, now)
    return errors


def _refuse(payment: Payment, wanted: str) -> NoReturn:
    """Answer that the payment can no longer reach the wanted state."""
    legal = PAYMENT_STATES.after(payment.state)
    abort(409, str(IllegalTransitionError(f"trade {payment.trade_id}", payment.state, wanted, legal)))


def _page(shown: _ShownOrder, status: int = 200, errors: Mapping[str, str] | None = None) -> Response:
    account, payment = shown.account, shown.payment
    back = payment.redirect_url if is_web_address(payment.redirect_url) else ""
    return_method = shown.app.settings.return_method
    is_unpaid = payment.state in UNPAID
    values: dict[str, Any] = {
        "payment": payment,
        "amount": amount_text(payment.amount),
        "tip": amount_text(payment.tip) if payment.tip else "",
        "shop": account.name or identity.store_names(account.seed).store,
        "back": back,
    }
    if back and return_method != "get":  # the gateway's own signed bytes: nothing in them is masked
        payload = signed_body(payment_data(payment, account.seed), account.secret_key).decode()
        values["returned"] = tuple(map(escape, return_field(payload, return_method)))
    values |= _unpaid_values(shown, errors or {}) if is_unpaid else _result_values(shown)
    response = render_framable_page("checkout.html" if is_unpaid else "checkout_result.html", status, **values)
    response.headers[STATE_HEADER] = payment.state
    return response


def _unpaid_values(shown: _ShownOrder, errors: Mapping[str, str]) -> dict[str, Any]:
    """What the page of an order shows that can still be paid."""
    payment = shown.payment
    wallet = request.values.get("wallet", "")
    chosen = _with_wallet(payment, wallet)
    offered = choices(chosen.sub_pay_method, payment.currency, payment.amount)
    style, success = wallet_style(chosen.sub_pay_method), success_of(payment)
    flow: Flow = style.flow
    if payment.card is not None and payment.card.challenged and not errors and "card" not in request.args:
        flow = "challenge"
    address = address_here(shown.app) + request.path  # as another device may open it
    return {
        "style": style,
        "flow": flow,
        "wallet": wallet if chosen.sub_pay_method == wallet else "",
        "wallets": [(name, wallet_style(name)) for name in offered],
        "success": success,
        "outcomes": [one for one in outcomes(payment) if one.state not in _states_of_form(flow, success)],
        "edge_cases": EDGE_CASES,
        "late_seconds": LATE_PAYMENT_DELAY // 1000,
        "test_cards": test_cards(chosen.sub_pay_method) if flow == "card" else {},
        "card_outcomes": CARD_OUTCOMES,
        "expiry": next_expiry(shown.now),
        "errors": errors,
        "transfer": as_bank_transfer(payment, shown.account.seed) if flow == "transfer" else {},
        "expires": shown.until(payment.expires_at),
        "address": address,
        "qr_code": _qr_code(address),
        "is_local": urlsplit(address).hostname in _LOOPBACK,
    }


def _states_of_form(flow: Flow, success: str) -> frozenset[str]:
    """The states that the buttons of the payment form lead to; no second button simulates them."""
    if flow in {"card", "choose"}:
        return frozenset({"cancelled"})
    return frozenset({success, "declined"} if flow == "challenge" else {success, "cancelled"})


def _result_values(shown: _ShownOrder) -> dict[str, Any]:
    """What the page of an order shows that is over."""
    late = arrives_late_at(shown.payment)
    return {
        "result": result_of(shown.payment),
        "style": wallet_style(shown.payment.sub_pay_method),
        "notifications": [(one.notified_state, DELIVERY_STATES[one.state]) for one in shown.notifications],
        "arrives": None if late is None else shown.until(late),
    }


def _qr_code(text: str) -> Markup:
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="code", lineclass=None))  # noqa: S704 - black squares


EVIDENCE = (
    Fact("redirect_url", "The browser returns by a form POST of the signed payload as resultData; with"
         " --return-method get by a plain link.", "client", "4.5: C1, C3; C2, C5"),
    Fact("redirect_url", "With --return-method raw, the form POST has the percent-encoded payload without a prefix, and"
         " a key `form` beside sign and data, as a browser needs an equals sign.", "assumed",
         "4.5: C4 decodes and parses the whole body"),
)  # fmt: skip
