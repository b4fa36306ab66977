"""The payer's page: what the `url` of an answer leads to. The payer pays there, or picks the outcome.

Sources: protocol.md 3.1, 4.5.
"""

from __future__ import annotations

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
    MONEY_TAKES,
    PAYMENT_PROBLEMS,
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
from mockserver.pages.cardform import OUTCOMES, listed_cards, next_expiry, typed_card
from mockserver.pages.language import translated
from mockserver.pages.outcomes import TOLD, TROUBLE_TEXTS, ending_of, outcomes
from mockserver.pages.rendering import address_here, page_for_frames
from mockserver.pages.wallets import look_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as AnyResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.pages.wallets import Way

STATE_HEADER = "X-Sandbox-State"
"""The state of the order that a page shows, so that a page that is open elsewhere learns of a change."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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


class _Shown(NamedTuple):
    """An order as a page shows it: with what the merchant was told of it, at an instant of the account's clock."""

    app: Application
    account: Account
    payment: Payment
    told: list[Notification]
    now: int

    def until(self, instant: int) -> TimeLeft:
        seconds = self.app.clocks.of(self.account.user).seconds_until(instant)
        return TimeLeft(max(0, instant - self.now), None if seconds is None else round(seconds * 1000))


def create_checkout(app: Application) -> Blueprint:
    """The pages of a sandbox's payers."""
    pages = Blueprint("checkout", __name__, url_prefix=CHECKOUT_PATH)

    @pages.get("/<user>/<trade_id>")
    def show(user: str, trade_id: str) -> Response:
        account = _account(user)
        now = app.clocks.of(user).now()
        app.catch_up(account)
        with app.store.unit(user) as unit:
            do_due_transitions(unit, account, now)
            payment, told = _payment(unit, trade_id), unit.notifications(trade_id)
        return _page(_Shown(app, account, payment, told, now))

    @pages.post("/<user>/<trade_id>")
    def act(user: str, trade_id: str) -> AnyResponse:
        account, form = _account(user), request.form
        now = app.clocks.of(user).now()
        app.catch_up(account)
        with app.store.unit(user) as unit:
            do_due_transitions(unit, account, now)
            payment = _payment(unit, trade_id)
            if payment.state not in UNPAID and payment.state == form.get("state"):
                return redirect(request.path, 303)  # the button was pressed twice
            chosen = _with_wallet(payment, form.get("wallet", ""))
            mistakes: Mapping[str, str] = {}
            if "card_number" in form:
                mistakes = _pay_by_card(unit, account, chosen, now)
            else:
                _do(unit, account, payment, chosen, now)
        if mistakes:
            return _page(_Shown(app, account, chosen, [], now), 422, mistakes)
        return redirect(request.path, 303)

    @pages.errorhandler(404)
    @pages.errorhandler(409)
    def tell(error: HTTPException) -> Response:
        return page_for_frames(
            "checkout_sentence.html", error.code or 404, title=error.name, sentence=error.description
        )

    def _account(user: str) -> Account:
        account = app.store.account(user)
        if account is None:
            abort(404, translated("There is no account {user}.", user=user))
        return account

    return pages


def _payment(unit: UnitOfWork, trade_id: str) -> Payment:
    payment = unit.get(Payment, trade_id)
    if payment is None:
        abort(404, translated("There is no order with the trade_id {trade_id}.", trade_id=trade_id))
    return payment


def _with_wallet(payment: Payment, wallet: str) -> Payment:
    """A payment with the wallet that its payer has picked, if that was offered."""
    offered = choices(payment.sub_pay_method, payment.currency, payment.amount)
    return payment._replace(sub_pay_method=wallet) if wallet in offered else payment


def _do(unit: UnitOfWork, account: Account, payment: Payment, chosen: Payment, now: int) -> None:
    """Do what a button says; the wallet that was picked counts only for what is paid with it."""
    wanted, trouble = request.form.get("state", ""), request.form.get("trouble", "")
    picked = next((outcome.state for outcome in outcomes(payment) if outcome.state == wanted), None)
    coming = next((one for one in PAYMENT_PROBLEMS if one == trouble and payment.state in UNPAID), None)
    if picked is not None:
        paying = picked in {"paid", "verify", "authorized"}
        choose(unit, account, chosen if paying else payment, picked, now)
    elif coming is not None:
        pay_with_problem(unit, account, chosen, coming, now)
    else:
        _refuse(payment, wanted or trouble or "nothing")


def _pay_by_card(unit: UnitOfWork, account: Account, payment: Payment, now: int) -> Mapping[str, str]:
    """Pay by the card in the form; gives what is wrong with it, by the field."""
    if payment.state not in UNPAID:
        _refuse(payment, success_of(payment))
    typed = typed_card(request.form, payment.sub_pay_method, now)
    if not typed.mistakes:
        pay_by_card(unit, account, payment, typed.number, now)
    return typed.mistakes


def _refuse(payment: Payment, wanted: str) -> NoReturn:
    """Say that a payment can no longer become what is wanted."""
    legal = PAYMENT_STATES.after(payment.state)
    abort(409, str(IllegalTransitionError(f"trade {payment.trade_id}", payment.state, wanted, legal)))


def _page(shown: _Shown, status: int = 200, mistakes: Mapping[str, str] | None = None) -> Response:
    account, payment = shown.account, shown.payment
    back = payment.redirect_url if is_web_address(payment.redirect_url) else ""
    posts = bool(back) and shown.app.settings.return_method == "post"
    values: dict[str, Any] = {
        "payment": payment,
        "amount": amount_text(payment.amount),
        "tip": amount_text(payment.tip) if payment.tip else "",
        "shop": account.name or identity.store_names(account.seed).store,
        "back": back,
        # The gateway's own signed bytes: nothing in them is masked.
        "returned": escape(signed_body(payment_data(payment, account.seed), account.secret_key).decode())
        if posts
        else "",
    }
    values |= _to_pay(shown, mistakes or {}) if payment.state in UNPAID else _result(shown)
    response = page_for_frames("checkout.html" if payment.state in UNPAID else "checkout_result.html", status, **values)
    response.headers[STATE_HEADER] = payment.state
    return response


def _to_pay(shown: _Shown, mistakes: Mapping[str, str]) -> dict[str, Any]:
    """What the page of an order shows that can still be paid."""
    payment = shown.payment
    wallet = request.values.get("wallet", "")
    paying = _with_wallet(payment, wallet)
    look, success = look_of(paying.sub_pay_method), success_of(payment)
    way: Way = look.way
    if payment.card is not None and payment.card.challenged and not mistakes and "card" not in request.args:
        way = "challenge"
    address = _own_address(shown.app)
    return {
        "look": look,
        "way": way,
        "wallet": wallet if paying.sub_pay_method == wallet else "",
        "wallets": [(name, look_of(name)) for name in choices(paying.sub_pay_method, payment.currency, payment.amount)],
        "success": success,
        "outcomes": [one for one in outcomes(payment) if one.state not in _on_buttons(way, success)],
        "troubles": [(trouble, TROUBLE_TEXTS[trouble]) for trouble in PAYMENT_PROBLEMS],
        "money_takes": MONEY_TAKES // 1000,
        "brands": listed_cards(paying.sub_pay_method) if way == "card" else [],
        "card_outcomes": OUTCOMES,
        "expiry": next_expiry(shown.now),
        "mistakes": mistakes,
        "transfer": as_bank_transfer(payment, shown.account.seed) if way == "transfer" else {},
        "expires": shown.until(payment.expires_at),
        "address": address,
        "code": _drawn(address),
        "only_here": urlsplit(address).hostname in _LOOPBACK,
    }


def _on_buttons(way: Way, success: str) -> frozenset[str]:
    """The outcomes that the wallet's own buttons lead to, so that the sandbox's need not."""
    if way in {"card", "choose"}:
        return frozenset({"cancelled"})
    return frozenset({success, "declined"} if way == "challenge" else {success, "cancelled"})


def _result(shown: _Shown) -> dict[str, Any]:
    """What the page of an order shows in which nothing is left to pay."""
    late = arrives_late_at(shown.payment)
    return {
        "ending": ending_of(shown.payment),
        "look": look_of(shown.payment.sub_pay_method),
        "told": [(one.notified_state, one.state, TOLD[one.state]) for one in shown.told],
        "arrives": None if late is None else shown.until(late),
    }


def _own_address(app: Application) -> str:
    """The address of this page as another device may open it."""
    return address_here(app) + request.path


def _drawn(text: str) -> Markup:
    """A text as a QR code."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="code", lineclass=None))  # noqa: S704 - black squares


EVIDENCE = (
    Fact("redirect_url", "The browser returns by a form POST of the signed payload as resultData; with"
         " --return-method get by a plain link.", "client", "4.5: C1, C3; C2, C5"),
)  # fmt: skip
