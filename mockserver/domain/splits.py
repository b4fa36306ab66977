"""Splits of a paid order between receivers, and their returns: states and transitions (protocol.md 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from mockserver import identity
from mockserver.domain.calendar import seconds_text
from mockserver.domain.ledger import balance_of
from mockserver.domain.lifecycle import Kind
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.notification import NotificationFaults  # noqa: TC001 - stores read it from the annotations
from mockserver.domain.notifications.outbox import StateChange, notify
from mockserver.domain.notifications.payload import without_empty
from mockserver.domain.payments.payment import Divided, Payment
from mockserver.domain.refunds import submit_waiting
from mockserver.domain.states import PlannedTransition, StateMachine, Transition
from mockserver.domain.timeline import Event
from mockserver.evidence import DataField, Fact, fields_inside

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork

SplitState = Literal["Processing", "Success", "Failed", "Cancelled"]
SplitType = Literal["Split", "Return"]

SPLIT_STATES: StateMachine[SplitState] = StateMachine(
    "split",
    ("Processing",),
    {
        "Processing": frozenset({"Success", "Failed", "Cancelled"}),
        "Success": frozenset(),
        "Failed": frozenset(),
        "Cancelled": frozenset(),
    },
)


class Share(NamedTuple):
    """The share of one receiver of a split or a return; `amount` is in hundredths.

    `split_detail_id` is the id of the share of the split; `refund_split_detail_id` is empty in a split.
    """

    merchant_mid: str
    merchant_name: str
    detail_reference_id: str
    split_detail_id: str
    refund_split_detail_id: str
    amount: int
    role: str
    description: str
    result: SplitState


class Split(NamedTuple):
    """One split of an order, or one return of a split.

    `transfer_id` is the id of the split or of the return; `split_id` is the id of the split in both.
    """

    transfer_id: str
    number: int
    type: SplitType
    split_id: str
    trade_id: str
    user: str
    reference_id: str
    reference: str
    split_solution_id: str
    split_completed: bool
    currency: str
    shares: tuple[Share, ...]
    notify_url: str
    scenario: str
    created_at: int
    state: SplitState
    plan: tuple[PlannedTransition, ...]
    notification_faults: NotificationFaults | None = None

    @property
    def amount(self) -> int:
        """The sum of all shares, in hundredths."""
        return sum(share.amount for share in self.shares)


def begin_split(unit: UnitOfWork, account: Account, split: Split, exchange: int) -> None:
    """Save a new split or return, and notify the merchant.

    Raises:
        BalanceTooSmallError: the amount of a split exceeds the usable balance.
    """
    if split.type == "Split":
        unit.put(balance_of(unit, account).reserved(split.amount))
        _give_away(unit, split, 1)
    unit.add_event(Event(split.trade_id, split.created_at, "request", exchange, "v3.SplitPayment"))
    _changed(unit, account, split, Transition(split.state, split.created_at))


def _enter(unit: UnitOfWork, account: Account, split: Split, transition: Transition) -> Split:
    state = cast("SplitState", transition.state)
    balance = balance_of(unit, account)
    if split.type == "Return":
        unit.put(balance.credited(split.amount if state == "Success" else 0))
    elif state == "Success":
        unit.put(balance.spent(split.amount))
    else:
        unit.put(balance.released(split.amount))
        _give_away(unit, split, -1)
    shares = tuple(share._replace(result=state) for share in split.shares)
    changed = split._replace(state=state, shares=shares)
    _changed(unit, account, changed, transition)
    submit_waiting(unit, account, transition.at)
    return changed


def _give_away(unit: UnitOfWork, split: Split, sign: int) -> None:
    """Add a split to the totals of its order, or subtract it with `sign` -1."""
    payment = unit.get(Payment, split.trade_id)
    if payment is not None:
        given = payment.divided
        closed = split.split_completed if sign > 0 else given.closed and not split.split_completed
        changed = Divided(given.times + sign * bool(split.shares), given.amount + sign * split.amount, closed)
        unit.put(payment._replace(divided=changed))


def _changed(unit: UnitOfWork, account: Account, split: Split, transition: Transition) -> None:
    at, faults = transition.at, transition.notification_faults or split.notification_faults
    SPLIT.save(unit, split, at, f"{split.type.lower()} {split.transfer_id}")
    data = split_data(split, account.seed)
    notify(unit, account, StateChange(data["type"], split.trade_id, split.state, split.notify_url, data, at, faults))


def as_split(split: Split, seed: str) -> dict[str, Any]:
    """A split or a return in an answer, without its receivers."""
    return {
        "user": split.user,
        "split_id": split.split_id,
        "trade_id": split.trade_id,
        "state": split.state,
        "merchant_mid": str(identity.merchant_id(seed)),
        "merchant_name": identity.store_names(seed).merchant,
        "reference_id": split.reference_id,
        "reference": split.reference,
        "split_solution_id": split.split_solution_id,
        "split_completed": int(split.split_completed),
        "created_at": seconds_text(split.created_at),
        "notify_url": split.notify_url,
        "currency": split.currency,
    }


_ERRORS = {"Failed": "The receiver's account refused the amount."}


def as_receivers(split: Split) -> list[dict[str, str | None]]:
    """The receivers of a split or a return, newest detail first."""
    listed = []
    for share in reversed(split.shares):
        detail: dict[str, str | None] = {
            "merchant_mid": share.merchant_mid,
            "merchant_name": share.merchant_name,
            "detail_reference_id": share.detail_reference_id,
            "split_detail_id": share.split_detail_id,
            "split_type": split.type,
            "split_amount": amount_text(share.amount),
            "role": share.role,
            "result": share.result,
            "description": share.description,
            "error_msg": _ERRORS.get(share.result),
        }
        if share.refund_split_detail_id:
            detail["refund_split_detail_id"] = share.refund_split_detail_id
        listed.append(detail)
    return listed


SPLIT_FIELDS = (
    DataField("user", "text", "UID of the account", "4.4"),
    DataField("split_id", "digits", "the gateway's id of the split", "4.4, 5.6"),
    DataField("trade_id", "uuid", "trade that is split", "4.4"),
    DataField("state", "text", "state of the split or the return", "4.4, 5.4"),
    DataField("merchant_mid", "text", "MID of the account", "4.4"),
    DataField("merchant_name", "text", "name of the merchant", "4.4"),
    DataField("reference_id", "text", "the merchant's unique id of the split", "4.4"),
    DataField("reference", "text", "the merchant's remark", "4.4", "if the request had one"),
    DataField("split_solution_id", "text", "id of the split solution", "4.4", "for a split, not for a return"),
    DataField("split_completed", "number", "1 if it closes the order for further splits, or else 0", "4.4"),
    DataField("created_at", "Unix time", "time at which the split was created", "4.4"),
    DataField("notify_url", "address", "address to which notifications are sent", "4.4"),
    DataField("currency", "currency", "ISO 4217 code, such as EUR", "4.4"),
    DataField("receivers", "array", "the receivers, the newest first", "4.4"),
    *fields_inside("receivers[]", (
        DataField("merchant_mid", "text", "MID of the receiver", "4.4"),
        DataField("merchant_name", "text", "name of the receiver", "4.4"),
        DataField("detail_reference_id", "text", "the merchant's id of the share", "4.4"),
        DataField("split_detail_id", "text", "the gateway's id of the share", "4.4"),
        DataField("split_type", "text", "Split or Return", "4.4"),
        DataField("split_amount", "amount", "amount of the share", "4.4"),
        DataField("role", "text", "role of the receiver", "4.4"),
        DataField("result", "text", "result for this receiver, such as Success", "4.4, 5.4"),
        DataField("description", "text", "the merchant's description of the share", "4.4"),
        DataField("error_msg", "text or null", "why it failed; null otherwise", "4.4"),
        DataField("refund_split_detail_id", "text", "the gateway's id of the returned share", "3.24",
                  "for a return"),
    )),
)  # fmt: skip
"""The `data` of a split or a return; an answer has `reference` and `split_solution_id` even without a value."""

NOTIFIED_SPLIT_FIELDS = (*SPLIT_FIELDS, DataField("type", "text", "splitPayment or splitRefund", "4.4"))
"""The `data` of their notification."""


def split_data(split: Split, seed: str) -> dict[str, Any]:
    """The `data` of the notification of a split or a return."""
    kind = "splitPayment" if split.type == "Split" else "splitRefund"
    return without_empty({**as_split(split, seed), "receivers": as_receivers(split), "type": kind})


SPLIT = Kind(
    name="split",
    record=Split,
    states=SPLIT_STATES,
    enter=_enter,
    identifier="transfer_id",
    timeline="trade_id",
    group="split_id",
    part="split",
    default_states=("Success",),
    notified=NOTIFIED_SPLIT_FIELDS,
)

EVIDENCE = (
    Fact(
        "split states",
        "Processing leads to Success, Failed or Cancelled; each receiver has its own result.",
        "documented",
        "5.4",
    ),
    Fact("split states", "The receivers' results follow the state of the split.", "assumed", "5.4"),
    Fact("notification", "Also sent for a split in its first state.", "documented", "4.4"),
    Fact("notification", "The keys of a split's data and of its receivers, newest first.", "documented", "4.4"),
    Fact("notification", "The receivers of a split are compact JSON in the string to sign.", "assumed", "1.6"),
    Fact("notification", "split_completed is 0 if an order stays open.", "documented", "3.24, 4.4"),
)  # fmt: skip
