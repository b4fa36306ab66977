"""The payer's page: what the `url` of an answer leads to. The payer picks the outcome (protocol.md 3.1, 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, abort, redirect, render_template, request

from mockserver.evidence import Fact
from mockserver.gateway.fields import is_web_address
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.moves.due import do_due_moves
from mockserver.moves.payments import move_payment
from mockserver.notify.payload import payment_data, signed_body
from mockserver.payments.money import amount_text
from mockserver.payments.payment import PAYMENT_STATES, UNPAID, Payment, State
from mockserver.payments.states import IllegalMoveError
from mockserver.payments.wallets import choices

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as AnyResponse

    from mockserver.app import Application
    from mockserver.store.contract import Account, UnitOfWork


class Outcome(NamedTuple):
    """One thing that a payer, or the payer's bank, can do: the state that it leads to, and the button's text."""

    state: State
    label: str


_OUTCOMES = (
    Outcome("paid", "Pay"),
    Outcome("authorized", "Authorise"),
    Outcome("verify", "Pay, and be held for review"),
    Outcome("declined", "Be declined"),
    Outcome("failed", "Fail"),
    Outcome("cancelled", "Cancel"),
    Outcome("expired", "Let it expire"),
)


def outcomes(payment: Payment) -> list[Outcome]:
    """What can be picked for a payment."""
    if payment.state not in UNPAID:
        return []
    legal = PAYMENT_STATES.after("processing") - ({"paid", "verify"} if payment.authorizes else {"authorized"})
    return [outcome for outcome in _OUTCOMES if outcome.state in legal]


def pay(unit: UnitOfWork, account: Account, payment: Payment, state: State, now: int) -> Payment:
    """Do what the payer has picked.

    Raises:
        IllegalMoveError: the payment can no longer become that.
    """
    if payment.state == "pending":
        payment = move_payment(unit, account, payment, "processing", now)
    return move_payment(unit, account, payment, state, now)


def create_checkout(app: Application) -> Blueprint:
    """The pages of a sandbox's payers."""
    pages = Blueprint("checkout", __name__, template_folder="templates", static_folder="static",
                      static_url_path="/static", url_prefix=CHECKOUT_PATH)  # fmt: skip

    @pages.get("/<user>/<trade_id>")
    def show(user: str, trade_id: str) -> Response:
        account = _account(user)
        with app.store.unit(user) as unit:
            do_due_moves(unit, account, app.clocks.of(user).now())
            payment = _payment(unit, trade_id)
        return _page(account, payment)

    @pages.post("/<user>/<trade_id>")
    def choose(user: str, trade_id: str) -> AnyResponse:
        account, wanted = _account(user), request.form.get("state", "")
        with app.store.unit(user) as unit:
            now = app.clocks.of(user).now()
            do_due_moves(unit, account, now)
            payment = _payment(unit, trade_id)
            choice = next((outcome for outcome in outcomes(payment) if outcome.state == wanted), None)
            if choice is None:
                legal = PAYMENT_STATES.after(payment.state)
                abort(409, str(IllegalMoveError(f"trade {trade_id}", payment.state, wanted or "nothing", legal)))
            wallet = request.form.get("wallet", "")
            offered = choices(payment.sub_pay_method, payment.currency, payment.amount)
            if wallet in offered and choice.state in {"paid", "verify", "authorized"}:
                payment = payment._replace(sub_pay_method=wallet)
            pay(unit, account, payment, choice.state, now)
        return redirect(request.path, 303)

    @pages.errorhandler(404)
    @pages.errorhandler(409)
    def tell(error: HTTPException) -> Response:
        page = render_template("sentence.html", title=error.name, sentence=error.description)
        return _html(page, error.code or 500)

    def _account(user: str) -> Account:
        account = app.store.account(user)
        if account is None:
            abort(404, f"There is no account {user}.")
        return account

    return pages


def _payment(unit: UnitOfWork, trade_id: str) -> Payment:
    payment = unit.get(Payment, trade_id)
    if payment is None:
        abort(404, f"There is no order with the trade_id {trade_id}.")
    return payment


def _page(account: Account, payment: Payment) -> Response:
    back = payment.redirect_url if is_web_address(payment.redirect_url) else ""
    returned = signed_body(payment_data(payment, account.seed), account.secret_key).decode() if back else ""
    page = render_template(
        "checkout.html",
        payment=payment,
        amount=amount_text(payment.amount),
        outcomes=outcomes(payment),
        wallets=choices(payment.sub_pay_method, payment.currency, payment.amount),
        back=back,
        returned=returned,
    )
    return _html(page)


def _html(page: str, status: int = 200) -> Response:
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'"
    response.headers["Cache-Control"] = "no-store"
    return response


EVIDENCE = (
    Fact("redirect_url", "The browser returns by a form POST of the signed payload as resultData.", "client",
         "4.5: C1, C3"),
)  # fmt: skip
