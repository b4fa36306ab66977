"""Payments and their states (protocol.md 5.1). A payment is immutable: a transition returns a new one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from mockserver.domain.cards import CardUse  # noqa: TC001 - stores read it from the annotations
from mockserver.domain.notifications.notification import NotificationFaults  # noqa: TC001 - stores read it from the annotations
from mockserver.domain.states import PlannedTransition, StateMachine
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping


State = Literal["paid", "authorized", "pending", "processing", "verify", "declined", "failed", "expired", "cancelled"]

STATE_CODES: Mapping[State, str] = MappingProxyType(
    {state: f"{code:02d}" for code, state in enumerate(get_args(State))}
)
"""The gateway's two-digit code of each state."""

PAYMENT_STATES: StateMachine[State] = StateMachine(
    "trade",
    ("processing", "pending"),
    {
        "paid": frozenset({"cancelled"}),
        "authorized": frozenset({"paid", "expired", "cancelled"}),
        "pending": frozenset({"processing", "expired", "cancelled"}),
        "processing": frozenset({"paid", "authorized", "verify", "declined", "failed", "expired", "cancelled"}),
        "verify": frozenset({"paid", "declined", "failed"}),
        "declined": frozenset(),
        "failed": frozenset(),
        "expired": frozenset(),
        "cancelled": frozenset(),
    },
)

UNPAID: frozenset[State] = frozenset({"pending", "processing"})
"""The states in which the payer can still pay."""

UNSUCCESSFUL: frozenset[State] = frozenset({"declined", "failed", "expired", "cancelled"})
"""The final states of an unsuccessful payment."""

EXPIRING: frozenset[State] = UNPAID | {"authorized"}
"""The states in which a payment can expire."""

AUTHORIZATION_LASTS = 30 * 24 * 3600 * 1000
"""Milliseconds after which an authorisation without a capture expires."""


class Refunded(NamedTuple):
    """The sum of refunds without failed ones: `amount` in the payment's, `settlement` in the settlement currency."""

    times: int = 0
    amount: int = 0
    settlement: int = 0


class Divided(NamedTuple):
    """The sum of splits without failed ones, in the settlement currency; if `closed`, no more are allowed."""

    times: int = 0
    amount: int = 0
    closed: bool = False


class Behind(NamedTuple):
    """The earlier state that queries return until an instant."""

    state: State
    until: int


NOT_REFUNDED, NOT_DIVIDED = Refunded(), Divided()


class Payment(NamedTuple):
    """One trade of an account.

    `number` counts the account's trades and determines the ids. `amount` and the included `tip` are in hundredths of
    `currency`, instants are Unix milliseconds, `timeout` is in minutes. `plan` has the remaining transitions. Optional
    texts that the merchant did not send are empty. If it `authorizes`, it waits for a capture; then `authorized` is
    the authorised amount, and `amount` the captured one. `notification_faults` are the default for transitions that
    have none.
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
    plan: tuple[PlannedTransition, ...]
    authorizes: bool = False
    authorized: int = 0
    card: CardUse | None = None
    refunded: Refunded = NOT_REFUNDED
    divided: Divided = NOT_DIVIDED
    notification_faults: NotificationFaults | None = None
    behind: Behind | None = None
    auth_code: str = ""
    sub_app_id: str = ""
    sub_open_id: str = ""

    @property
    def refundable(self) -> int:
        """The amount that can still be refunded, in hundredths."""
        return self.amount - self.refunded.amount


def in_state(payment: Payment, state: State, at: int) -> Payment:
    if state == "paid":
        return payment._replace(state=state, paid_at=at)
    if state == "authorized":
        return payment._replace(state=state, authorized=payment.amount, expires_at=at + AUTHORIZATION_LASTS)
    return payment._replace(state=state)


def next_transition(payment: Payment) -> PlannedTransition | None:
    """The next transition: the next possible one of the plan, or the expiry if that is earlier."""
    plan = PAYMENT_STATES.next_planned(payment.state, payment.plan)
    step, expires = plan[0] if plan else None, payment.state in EXPIRING
    if step is not None and step.at is not None and (not expires or step.at <= payment.expires_at):
        return step
    return PlannedTransition(payment.expires_at, "expired") if expires else None


def as_queried(payment: Payment, now: int) -> Payment:
    """The payment as queries return it, possibly in an earlier state."""
    if payment.behind is None or now >= payment.behind.until:
        return payment
    return payment._replace(state=payment.behind.state, paid_at=None)


EVIDENCE = (
    Fact(
        "payment states",
        "Nine states with the codes 00 to 08; final: declined, failed, expired, cancelled.",
        "documented",
        "4.1, 5.1",
    ),
    Fact("payment states", "verify leads to paid, declined or failed.", "assumed", "5.1, not spelled out there"),
    Fact("payment states", "A new payment is processing.", "documented", "SEED"),
    Fact(
        "payment states",
        "A late payment makes a closed order paid, if a scenario forces it.",
        "assumed",
        "5.1: closed states are final",
    ),
    Fact("timeout", "An unpaid order expires after its timeout in minutes.", "documented", "SEED, 5.1"),
    Fact("authorisation", "Expires automatically after 30 days.", "documented", "3.11, 5.5"),
)
