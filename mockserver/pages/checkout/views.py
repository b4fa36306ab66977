"""The checkout page, to which the `url` of a response leads. The payer pays there, or chooses the outcome.

Sources: protocol.md 3.1, 4.5.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

from flask import Blueprint, Response, abort, redirect, request

from mockserver.domain.kinds import do_due_transitions
from mockserver.domain.payments.payer import (
    challenge_code,
    choose,
    pay_by_card,
    pay_with_problem,
    scan,
    success_of,
    was_scanned,
)
from mockserver.domain.payments.payment import PAYMENT_STATES, UNPAID, Payment
from mockserver.domain.states import IllegalTransitionError
from mockserver.evidence import Fact
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.pages.checkout.card_form import read_card
from mockserver.pages.checkout.content import EDGE_CASES, outcomes
from mockserver.pages.checkout.page import ShownOrder, show_order, with_state
from mockserver.pages.checkout.steps import SCANNED, at, first_app_step, kept, step_of, with_wallet
from mockserver.pages.rendering import find_account, find_order, render_framable_page, translated, translated_reason
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork

_ERRORS = {
    HTTPStatus.NOT_FOUND: (
        message("Order not found"),
        message("Check the link. The sandbox may have been restarted since the order was created."),
    ),
    HTTPStatus.CONFLICT: (message("Action not possible"), message("The order has changed since you opened this page.")),
}


def create_checkout(app: Application) -> Blueprint:
    """The checkout pages of a sandbox."""
    pages = Blueprint("checkout", __name__, url_prefix=CHECKOUT_PATH)

    @pages.get("/<user>/<trade_id>")
    def show(user: str, trade_id: str) -> BaseResponse:
        account = find_account(app, user)
        now = app.clocks.of(user).now()
        app.catch_up(account)
        with app.store.unit(user) as unit:
            do_due_transitions(unit, account, now)
            payment = find_order(unit, trade_id)
            is_scan = SCANNED in request.args and payment.state in UNPAID and request.method != "HEAD"
            if is_scan:
                scan(unit, payment, now)
            shown = _shown(app, account, unit, payment, now)
        if request.method == "HEAD":  # an open page asks every few seconds
            return with_state(Response(content_type="text/html; charset=utf-8"), shown)
        if is_scan:
            return redirect(request.script_root + request.path + at(first_app_step(step_of(payment).flow)), 303)
        return show_order(shown)

    @pages.post("/<user>/<trade_id>")
    def act(user: str, trade_id: str) -> BaseResponse:
        account, form = find_account(app, user), request.form
        now = app.clocks.of(user).now()
        app.catch_up(account)
        with app.store.unit(user) as unit:
            do_due_transitions(unit, account, now)
            payment = find_order(unit, trade_id)
            if payment.state not in UNPAID and payment.state == form.get("state"):
                return _to_order()  # the button was pressed twice
            chosen = with_wallet(payment, form.get("wallet") or request.args.get("wallet", ""))
            errors: Mapping[str, str] = {}
            if "card_number" in form:
                errors = _pay_by_card(unit, account, chosen, now)
            elif "code" in form:
                errors = _answer_challenge(unit, account, payment, now)
            else:
                _simulate(unit, account, payment, chosen, now)
            shown = _shown(app, account, unit, payment, now)
        return show_order(shown, 422, errors) if errors else _to_order()

    for status in _ERRORS:
        pages.register_error_handler(status, _error_page)
    return pages


def _to_order() -> BaseResponse:
    """Lead to the page of the order after an action, so that reloading it repeats nothing."""
    query = at(wallet="") if "plain" in kept() else ""
    return redirect(request.script_root + request.path + query, 303)


def _shown(app: Application, account: Account, unit: UnitOfWork, payment: Payment, now: int) -> ShownOrder:
    deliveries = [(one, unit.attempts(one.number)) for one in unit.notifications(payment.trade_id)]
    scanned = payment.state in UNPAID and was_scanned(unit, payment)
    return ShownOrder(app, account, payment, deliveries, scanned, now)


def _error_page(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.NOT_FOUND)
    title, text = _ERRORS[status]
    return render_framable_page(
        "checkout/error.html", status, title=title, text=text, detail=error.description,
        is_outdated=status == HTTPStatus.CONFLICT,
    )  # fmt: skip


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


def _answer_challenge(unit: UnitOfWork, account: Account, payment: Payment, now: int) -> Mapping[str, str]:
    """Confirm a challenged payment by the code of the payer's bank, or reject it; returns the errors by field."""
    typed = "".join(request.form["code"].split())
    confirms = payment.state in UNPAID and request.form.get("state") == success_of(payment)
    if confirms and payment.card is not None and typed != challenge_code(payment.card):
        said = message("This is not the code. Enter the six digits of the message.")
        return {"code": translated(said if typed else message("Enter the code of the message."))}
    _simulate(unit, account, payment, payment, now)
    return {}


def _refuse(payment: Payment, wanted: str) -> NoReturn:
    """Answer that the payment can no longer reach the wanted state."""
    legal = PAYMENT_STATES.after(payment.state)
    error = IllegalTransitionError(f"trade {payment.trade_id}", payment.state, wanted, legal)
    abort(409, translated_reason(str(error)))


EVIDENCE = (
    Fact("redirect_url", "The browser returns by a form POST of the signed payload as resultData; with"
         " --return-method get by a plain link.", "client", "4.5: C1, C3; C2, C5"),
    Fact("redirect_url", "With --return-method raw, the form POST has the percent-encoded payload without a prefix, and"
         " a key `form` beside sign and data, as a browser needs an equals sign.", "assumed",
         "4.5: C4 decodes and parses the whole body"),
)  # fmt: skip
