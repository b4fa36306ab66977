"""A payment and its state table (protocol.md 5.1). Payments are values: a move gives a new one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["paid", "authorized", "pending", "processing", "verify", "declined", "failed", "expired", "cancelled"]

STATE_CODES: Mapping[State, str] = MappingProxyType(
    {state: f"{code:02d}" for code, state in enumerate(get_args(State))}
)
"""The gateway's two-digit code of each state."""

LEGAL_MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        "pending": frozenset({"processing", "expired", "cancelled"}),
        "processing": frozenset({"paid", "authorized", "verify", "declined", "failed", "expired", "cancelled"}),
        "verify": frozenset({"paid", "declined", "failed"}),
        "paid": frozenset({"cancelled"}),
        "authorized": frozenset({"paid", "expired", "cancelled"}),
        "declined": frozenset(),
        "failed": frozenset(),
        "expired": frozenset(),
        "cancelled": frozenset(),
    }
)
"""From each state, the states that a payment may move to."""

UNPAID: frozenset[State] = frozenset({"pending", "processing"})
"""The states in which a payment expires when its timeout has passed."""


class IllegalMoveError(ValueError):
    """A payment was told to make a move that the state table does not have."""

    def __init__(self, trade_id: str, current: State, wanted: State) -> None:
        """Name both states, and the moves that there are."""
        legal = ", ".join(sorted(LEGAL_MOVES[current])) or "no other state: it is final"
        super().__init__(
            f"trade {trade_id} is {current} and cannot become {wanted}; from {current} it can become {legal}"
        )
        self.trade_id = trade_id
        self.current = current
        self.wanted = wanted


class PlannedMove(NamedTuple):
    """A move that a scenario has planned for a payment, and its instant."""

    at: int
    state: State


class Payment(NamedTuple):
    """One trade of an account.

    `number` counts the account's trades and seeds its ids. `amount` and the `tip` in it are in hundredths
    of `currency`, instants are Unix milliseconds, `timeout` is in minutes. `plan` holds the moves still to come.
    Optional texts that the merchant did not send are empty.
    """

    trade_id: str
    number: int
    user: str
    method: str
    order_id: str
    amount: int
    tip: int
    currency: str
    pay_method: str
    sub_pay_method: str
    description: str
    demo: str
    timeout: int
    redirect_url: str
    notify_url: str
    scenario: str
    created_at: int
    expires_at: int
    paid_at: int | None
    state: State
    plan: tuple[PlannedMove, ...]


def move(payment: Payment, state: State, at: int) -> Payment:
    """The payment in another state.

    Raises:
        IllegalMoveError: the state table has no such move.
    """
    if state not in LEGAL_MOVES[payment.state]:
        raise IllegalMoveError(payment.trade_id, payment.state, state)
    return payment._replace(state=state, paid_at=at if state == "paid" else payment.paid_at)


def next_move(payment: Payment) -> PlannedMove | None:
    """The move that will happen by itself: the next legal one of its plan, or its expiry, whichever is first."""
    expiry = PlannedMove(payment.expires_at, "expired") if payment.state in UNPAID else None
    planned = next((step for step in payment.plan if step.state in LEGAL_MOVES[payment.state]), None)
    if planned is None or expiry is None:
        return planned or expiry
    return min(planned, expiry, key=lambda step: step.at)


def make_next_move(payment: Payment) -> Payment:
    """The payment after its next move; unchanged when it has none."""
    step = next_move(payment)
    if step is None:
        return payment
    remaining = payment.plan[payment.plan.index(step) + 1 :] if step in payment.plan else payment.plan
    return move(payment, step.state, step.at)._replace(plan=remaining)


EVIDENCE = (
    Fact(
        "payment states",
        "Nine states with the codes 00 to 08; final: declined, failed, expired, cancelled.",
        "documented",
        "4.1, 5.1",
    ),
    Fact("payment states", "verify leads to paid, declined or failed.", "assumed", "5.1, not spelled out there"),
    Fact("payment states", "A created payment is processing.", "documented", "SEED"),
    Fact("timeout", "An unpaid order expires after its timeout in minutes.", "documented", "SEED, 5.1"),
)
