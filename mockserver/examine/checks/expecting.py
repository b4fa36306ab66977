"""What several checks share: the states that a shop may believe, and the steps around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.examine.steps import Check, Expect, Move, Send
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.examine.sandbox import Order
    from mockserver.examine.shop import StateKind
    from mockserver.examine.steps import Fields, Verdict

PAID: frozenset[StateKind] = frozenset({"paid"})
PAID_OR_HELD: frozenset[StateKind] = frozenset({"paid", "held"})
TAKEN: frozenset[StateKind] = frozenset({"paid", "held", "refunded"})
UNPAID: frozenset[StateKind] = frozenset({"open", "closed", "held", "unknown"})
ANYTHING: frozenset[StateKind] = UNPAID | TAKEN
GIVEN_BACK: frozenset[StateKind] = frozenset({"refunded", "held", "closed"})

BELIEVED = message("The shop believed it: its state is {state}.")
FORGOTTEN = message("The money came, but the shop's state is {state}.")
NOT_TAKEN = message("The shop did not accept it: its state is {state}.")
AGAIN = message("The shop acted more than once: its state is {state}.")

PAY = (Move("paid"), Send())


def must_not_be_paid() -> Expect:
    return Expect(UNPAID, BELIEVED, "lost money", most=0)


def must_be_paid(wrong: str = NOT_TAKEN, verdict: Verdict = "lost an order") -> Expect:
    return Expect(PAID, wrong, verdict, lasting=False)


def once(kinds: frozenset[StateKind] = PAID) -> Expect:
    return Expect(kinds, AGAIN, "lost money", most=1)


def claims_paid(_order: Order) -> Fields:
    return {"state": "paid"}


def forged(check: Check, send: Send) -> Check:
    """A check in which an unpaid order's notification must not be believed."""
    return check._replace(steps=(send, must_not_be_paid()))


CRASHES = message("Errors in the log, alarms in the night, and a way to take the shop down.")
NOT_AGAIN = message("The notification does not come again, and nobody looks at it.")
ANYBODY = message("Anybody who knows the address can mark orders as paid.")
