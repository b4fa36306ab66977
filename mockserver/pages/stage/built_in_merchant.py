"""The built-in merchant: what it answers to a notification, and what it believes after those that it accepted.

It stores nothing, so every process of the sandbox plays the same part. It checks what a careful shop checks; what it
believes follows from the notifications that it acknowledged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.client import InvalidNotificationError, verify_notification
from mockserver.client.notification import OK, as_json
from mockserver.domain.money import amount_text
from mockserver.domain.payments.payment import PAYMENT_STATES, UNPAID, UNSUCCESSFUL, Payment
from mockserver.domain.timeline import data_of
from mockserver.pages.rendering import badge, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.app import Application

_SUCCESSFUL = frozenset({"paid", "authorized"})


def answer_notification(app: Application, user: str, body: bytes) -> str:
    """The answer of an account's built-in merchant: `ok`, or `bad:` and what is wrong with the notification."""
    account = app.store.account(user)
    if account is None:
        return "bad: this merchant has no account"
    try:
        notification = verify_notification(body, account.secret_key)
    except InvalidNotificationError as error:
        return "bad: wrong signature" if payload_of(body) else f"bad: {error}"
    if notification.type != "payment":
        return OK
    with app.store.read(user) as view:
        payment = view.get(Payment, notification.trade_id)
    wrong = "there is no such order" if payment is None else _difference(payment, notification.data)
    return f"bad: {wrong}" if wrong else OK


def _difference(payment: Payment, data: Mapping[str, Any]) -> str:
    """What a notification of an order says that the order does not; empty if nothing."""
    amounts = [amount_text(payment.amount)]
    if payment.authorized:  # of which only a part may be captured
        amounts.append(amount_text(payment.authorized))
    for name, expected in {"order_id": [payment.order_id], "currency": [payment.currency], "amount": amounts}.items():
        if (said := str(data.get(name))) not in expected:
            return f"{name} {said} is not {expected[0]}"
    return ""


def payload_of(body: bytes) -> Mapping[str, Any]:
    """The `data` of a notification in any of its encodings; empty if it cannot be read."""
    return data_of(as_json(body))


class Beliefs:
    """What a shop knows of an order, as it learns it."""

    def __init__(self, *, is_built_in: bool) -> None:
        self.is_built_in = is_built_in
        self.is_unaware = True
        self._state = ""
        self._other = ""

    def learn_of_order(self) -> None:
        """Learn the trade_id of the order, from the response to its request."""
        self.is_unaware = False

    def learn(self, data: Mapping[str, Any]) -> str:
        """Take a notification that the shop has acknowledged; returns what the shop does about it, in words."""
        kind, state = str(data.get("type", "")), str(data.get("state", ""))
        before, self.is_unaware = self._state, False
        if kind != "payment":
            self._other = state
            return translated("Records: {state}.", state=state) if self.is_built_in else ""
        if not self.is_built_in:
            self._state = state
            return ""
        if state == before:
            return translated("Knows that already, and changes nothing.")
        is_late = state in _SUCCESSFUL and before in UNSUCCESSFUL
        if not is_late and before not in {"", *UNPAID} and state not in PAYMENT_STATES.after(before):  # type: ignore[arg-type]
            return translated("Older than what it knows, so it changes nothing.")
        self._state = state
        if is_late:
            return translated("The money came after all. Marks the order as {state}.", state=state)
        return translated("Marks the order as {state}.", state=state)

    def summary(self, actual: str = "") -> tuple[str, str]:
        """What the shop believes, in words, and the class of its badge; `actual` is the state at the gateway."""
        known = " · ".join(filter(None, (self._state, self._other)))
        if not self.is_built_in:
            words = (
                translated("Acknowledged: {state}.", state=known) if known else translated("Acknowledged nothing yet.")
            )
            return f"{words} {translated('What it stores cannot be seen from here.')}", badge(self._state)
        words = self._believed()
        if actual and actual not in {*UNPAID, self._state}:
            return f"{words} {translated('At the gateway it is {state}.', state=actual)}", "warn"
        return words, badge(self._state)

    def _believed(self) -> str:
        """What the built-in merchant believes of the order, and what it has recorded beside that."""
        recorded = translated("Recorded: {state}.", state=self._other) if self._other else ""
        if self._state:
            return f"{translated('Believes that the order is {state}.', state=self._state)} {recorded}".strip()
        if recorded:
            return recorded
        return translated("Does not know of a trade.") if self.is_unaware else translated("Waits for the payment.")
