"""What went wrong with an order, and what can be done with it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.limits import cancellable_until
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.notification import describe
from mockserver.domain.payments.payment import PAYMENT_STATES, UNPAID
from mockserver.domain.payments.transitions import PAYMENT, possible_states
from mockserver.domain.refunds import UNSUCCESSFUL
from mockserver.pages.forgeries import accepted_defect
from mockserver.pages.rendering import translated, translated_reason
from mockserver.store.search import REFUSED, Wanted, find_exchanges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.payments.payment import Payment
    from mockserver.domain.refunds import Refund
    from mockserver.domain.timeline import Exchange
    from mockserver.domain.unit_of_work import AccountView

_MOST_REFUSED = 5


class OrderOptions(NamedTuple):
    """What can be done with an order now.

    `states` are those that it can enter, and `why_none` says why there is none. `planned` is the state that a signal
    brings about, empty if none. The amounts that can be refunded and captured are texts, empty if there is nothing to
    refund or to capture. The payer can pay it, or the merchant cancel it.
    """

    states: Sequence[str]
    why_none: str
    planned: str
    refundable: str
    capturable: str
    can_pay: bool
    can_cancel: bool


def options_of(view: AccountView, account: Account, payment: Payment, now: int) -> OrderOptions:
    """What can be done with a payment at an instant."""
    plan, states = PAYMENT.planned(payment), sorted(possible_states(view, account, payment))
    is_refundable = payment.state == "paid" and payment.refundable > 0
    return OrderOptions(
        states,
        "" if states else _why_none(payment),
        plan[0].state if plan else "",
        amount_text(payment.refundable) if is_refundable else "",
        amount_text(payment.authorized) if payment.state == "authorized" else "",
        payment.state in UNPAID,
        "cancelled" in states and now <= cancellable_until(payment.created_at),
    )


def _why_none(payment: Payment) -> str:
    if not PAYMENT_STATES.after(payment.state):
        return translated("The state {state} is final: the gateway does not change it any more.", state=payment.state)
    if payment.refunded.times:
        return translated("The order cannot be cancelled, because it was refunded.")
    if payment.divided.times:
        return translated("The order cannot be cancelled, because it was split.")
    return translated("The order cannot be cancelled, because the balance of the account is too small.")


class Trouble(NamedTuple):
    """Something that went wrong: what, why, and how to mend it; any of the last two may be empty.

    `request` is the number of a refused request to look at, `notification` that of one to send again; 0 for none.
    """

    what: str
    why: str = ""
    cure: str = ""
    request: int = 0
    notification: int = 0


def troubles_of(view: AccountView, payment: Payment, refunds: Sequence[Refund]) -> list[Trouble]:
    """What went wrong with the notifications and refunds of a payment, the newest first."""
    sent = view.notifications(payment.trade_id)
    found = [*_forgeries(view, sent), *_undelivered(view, sent)]
    return [*found, *(_failed(refund) for refund in refunds if refund.state in UNSUCCESSFUL)]


def _forgeries(view: AccountView, sent: Sequence[Notification]) -> Iterator[Trouble]:
    warnings = (accepted_defect(one, view.attempts(one.number), translated) for one in sent if one.defect)
    for warning in dict.fromkeys(filter(None, warnings)):
        yield Trouble(
            warning,
            cure=translated(
                "Verify the sign of each notification, and compare its amount, currency and order_id with your order."
            ),
        )


def _undelivered(view: AccountView, sent: Sequence[Notification]) -> Iterator[Trouble]:
    """The newest notification of each type, such as payment and refund, if it was tried and is not acknowledged."""
    for one in {one.type: one for one in sent if not one.defect}.values():
        attempts = view.attempts(one.number)
        if one.state == "accepted" or not attempts:
            continue
        is_refused = one.state == "refused"
        yield Trouble(
            translated("The notification {state} was not delivered.", state=one.notified_state) if is_refused
            else translated("The shop did not acknowledge the notification {state}.", state=one.notified_state),
            translated_reason(describe(attempts[-1])),
            "" if is_refused else
            translated("The gateway expects the HTTP status 200 and the plain text ok as the whole body."),
            notification=one.number,
        )  # fmt: skip


def _failed(refund: Refund) -> Trouble:
    amount = f"{refund.currency} {amount_text(refund.amount)}"
    return Trouble(
        translated("The refund of {amount} has the state {state}.", amount=amount, state=refund.state),
        cure=translated("No money was moved. The amount can be refunded again."),
    )


def refused_requests(app: Application, account: Account, payment: Payment) -> list[Trouble]:
    """The newest refused requests about an order, such as a refund that exceeds what is left of it."""
    return [
        Trouble(
            translated("The gateway refused {method} with {code}.", method=one.method or translated("No method"),
                       code=one.code),
            translated_reason(one.reason), request=one.number,
        )
        for one in _refused(app, account, payment)
    ]  # fmt: skip


def _refused(app: Application, account: Account, payment: Payment) -> list[Exchange]:
    wanted = Wanted(code=REFUSED, limit=_MOST_REFUSED)
    by_trade, by_order = (
        find_exchanges(app.store, account.user, wanted._replace(text=text)).items if text else []
        for text in (payment.trade_id, payment.order_id)
    )
    found = {one.number: one for one in (*by_trade, *(one for one in by_order if one.order_id == payment.order_id))}
    return sorted(found.values(), reverse=True)[:_MOST_REFUSED]
