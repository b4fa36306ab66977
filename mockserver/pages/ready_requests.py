"""Requests of an account that work as they stand: signed, with its own orders, refunds and splits in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.payments.payment import Payment
from mockserver.domain.refunds import Refund
from mockserver.domain.splits import Split
from mockserver.domain.unit_of_work import Choice, Clues
from mockserver.gateway.example import curl_line
from mockserver.pages.docs.method_examples import METHODS_BY_TITLE, ExampleCall, data_of, needed, returned_share, times
from mockserver.pages.sending import present_request
from mockserver.signing.signature import signed_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView, R

_LOOKED_AT = 50
_HALF_A_EURO = 50
_STATES = {
    "v3.QueryOrder": (None,),
    "v3.CancelPayment": ("paid", "processing", "authorized"),
    "v3.Capture": ("authorized",),
}


class ReadyRequest(NamedTuple):
    """A shell command that sends a request; `prepares` says that it only makes what the method needs."""

    command: str
    prepares: bool


def ready_request(app: Application, account: Account, title: str, here: str) -> ReadyRequest:
    """The command for a method or, if the account has nothing that it could name, the first one that makes it."""
    with app.store.read(account.user) as view:
        step, known = _first_possible(view, ExampleCall(title))
        number = view.last_number("exchanges") + 1  # ids that must be unique are so for each view of the page
    now, method = app.clocks.of(account.user).now(), METHODS_BY_TITLE[step.title]
    unique = {"request_id": f"EXAMPLE{number:025}"}
    if method.reference == "reference_id":
        unique["reference_id"] = f"EXAMPLE{number}"
    data = {**data_of(method, {**times(now), **known}, step.data)}
    data |= {name: text for name, text in unique.items() if name in data}
    unsigned = present_request(app, account.user, method.name, data)
    return ReadyRequest(curl_line(here, signed_request(unsigned, account.secret_key)), step.title != title)


def _first_possible(view: AccountView, step: ExampleCall) -> tuple[ExampleCall, dict[str, str]]:
    """A step for which the account has what it names, and the values; else the last of those that it needs."""
    known = _values(view, step.title)
    needs = needed(METHODS_BY_TITLE[step.title])
    return (step, known) if known is not None else _first_possible(view, needs[-1])


def _values(view: AccountView, title: str) -> dict[str, str] | None:
    """The ids that a request of a method names, of the newest object that fits; None if there is none."""
    names = {field.name for field in METHODS_BY_TITLE[title].fields if field.required}
    if "split_id" in names:
        return _split_values(view, title)
    if "refund_id" in names:
        refund = next(iter(_newest(view, Refund, None)), None)
        return None if refund is None else {"refund_id": refund.refund_id}
    if "trade_id" not in names:
        return {}
    for state in _STATES.get(title, ("paid",)):
        for payment in _newest(view, Payment, state):
            if title in _STATES or (payment.currency == "EUR" and _left(payment) >= _HALF_A_EURO):
                return {"trade_id": payment.trade_id, "currency": payment.currency}
    return None


def _left(payment: Payment) -> int:
    """What can still be refunded or split, in hundredths, less a margin for fees."""
    return 0 if payment.divided.closed else payment.refundable - payment.divided.amount - _HALF_A_EURO


def _split_values(view: AccountView, title: str) -> dict[str, str] | None:
    wanted = {"cancel": "Processing", "return": "Success"}
    state = next((state for word, state in wanted.items() if word in title), None)
    for split in _newest(view, Split, state):
        if split.type == "Split" and split.shares:
            share = split.shares[0]
            receivers = returned_share(share.merchant_mid, share.split_detail_id)
            return {"split_id": split.split_id, "reference_id": split.reference_id, "receivers": receivers}
    return None


def _newest(view: AccountView, kind: type[R], state: str | None) -> Iterable[R]:
    """The newest objects of a kind in a state, the newest first."""
    return view.newest(kind, Choice(0, MAX_INSTANT, state, 0, _LOOKED_AT), Clues(), _LOOKED_AT).records
