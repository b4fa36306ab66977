"""Splits of paid orders between receivers, for super admins (protocol.md 3.24, 5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.domain.calendar import stamp
from mockserver.domain.kinds import count_query
from mockserver.domain.ledger import FEE, BalanceTooSmallError
from mockserver.domain.limits import MOST_RETURNS, MOST_SPLITS
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text, parse_amount
from mockserver.domain.payments.serialization import settled_amount
from mockserver.domain.splits import (
    SPLIT,
    SPLIT_FIELDS,
    SPLIT_STATES,
    Share,
    Split,
    as_receivers,
    as_split,
    begin_split,
)
from mockserver.domain.states import IllegalTransitionError, Transition
from mockserver.evidence import Fact, always_sent, pick_fields
from mockserver.gateway import parameters
from mockserver.gateway.errors import FieldInvalid, FieldMissing, RuleBroken, quoted
from mockserver.gateway.method import Call, Handler, Method, MethodResult
from mockserver.gateway.methods.creating import use_once
from mockserver.gateway.methods.orders import order_of
from mockserver.scenarios.scenario import plan_transitions
from mockserver.signing.php import NotJsonError, parse
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.domain.payments.payment import Payment
    from mockserver.domain.splits import SplitType
    from mockserver.evidence import DataField
    from mockserver.gateway.fields import Field

_RECEIVER = ("mid", "detail_reference_id", "split_amount", "role")
_RETURNER = ("mid", "split_detail_id", "detail_reference_id", "split_amount", "description")
_STANDING = frozenset({"Processing", "Success"})
_ONLY_RETURNS = "1"
_ONLY_SPLIT = "0"


def _create_split(call: Call) -> MethodResult:
    payment, completed = order_of(call), call.sent["split_completed"] == "1"
    if payment.state != "paid":
        raise RuleBroken(
            message("Trade {trade_id} is {state} and cannot be split; only a paid trade can.").format(
                trade_id=payment.trade_id, state=payment.state
            )
        )
    if payment.divided.closed:
        raise RuleBroken(
            message("Trade {trade_id} is closed for further splits, by split_completed 1.").format(
                trade_id=payment.trade_id
            )
        )
    if payment.divided.times >= MOST_SPLITS and "receivers" in call.sent:
        raise RuleBroken(
            message("Trade {trade_id} has {number} splits, which is the limit.").format(
                trade_id=payment.trade_id, number=MOST_SPLITS
            )
        )
    use_once(call, "reference_id")
    split_id, number = _new_id(call)
    shares = _shares(call, split_id) if "receivers" in call.sent or not completed else ()
    _check_sum(payment, sum(share.amount for share in shares))
    split = _new_split(call, payment.trade_id, number, ("Split", split_id, split_id))
    return _begin(call, split._replace(shares=shares))


def _return_split(call: Call) -> MethodResult:
    split = _split_of(call)
    if split.state != "Success":
        raise RuleBroken(
            message("Split {split_id} is {state}; only a successful one can be returned.").format(
                split_id=split.split_id, state=split.state
            )
        )
    returns = [one for one in call.unit.group(Split, split.split_id) if one.type == "Return" and one.state in _STANDING]
    if len(returns) >= MOST_RETURNS:
        raise RuleBroken(
            message("Split {split_id} has {number} returns, which is the limit.").format(
                split_id=split.split_id, number=MOST_RETURNS
            )
        )
    use_once(call, "reference_id")
    transfer_id, number = _new_id(call)
    shares = _returned_shares(call, split, returns, transfer_id)
    returned = _new_split(call, split.trade_id, number, ("Return", transfer_id, split.split_id))
    return _begin(call, returned._replace(shares=shares))


def _new_id(call: Call) -> tuple[str, int]:
    number = call.unit.next_number("splits")
    return identity.stamped_number(call.account.seed, "split", number, stamp(call.now)), number


def _new_split(call: Call, trade_id: str, number: int, ids: tuple[SplitType, str, str]) -> Split:
    """A split or a return without its shares; `ids` are its type, its own id, and the id of the split."""
    sent, (type_, transfer_id, split_id) = call.sent, ids
    return Split(
        transfer_id=transfer_id,
        number=number,
        type=type_,
        split_id=split_id,
        trade_id=trade_id,
        user=call.account.user,
        reference_id=sent["reference_id"],
        reference=sent.get("reference", ""),
        split_solution_id=sent.get("split_solution_id", ""),
        split_completed=sent.get("split_completed") == "1",
        currency=sent["currency"],
        shares=(),
        notify_url=sent.get("notify_url", ""),
        scenario=call.scenario.name,
        created_at=call.now,
        state=SPLIT_STATES.starts[0],
        plan=plan_transitions(call.steps(), call.now, call.rules.pay_delay),
        notification_faults=call.scenario.notification_faults,
    )


def _begin(call: Call, split: Split) -> MethodResult:
    try:
        begin_split(call.unit, call.account, split, call.exchange)
    except BalanceTooSmallError as error:
        raise RuleBroken(message("The split cannot be paid: {error}.").format(error=error)) from error
    data = {**as_split(split, call.account.seed), "receivers": as_receivers(split)}
    return MethodResult(data, split.trade_id, split.scenario)


def _check_sum(payment: Payment, amount: int) -> None:
    left = settled_amount(payment) - FEE - payment.refunded.settlement - payment.divided.amount
    if amount > max(0, left):
        raise RuleBroken(
            message(
                "The receivers' split_amount must add up to at most the {currency} {left} "
                "that are left of trade {trade_id}, not {amount}."
            ).format(
                currency=SETTLEMENT_CURRENCY,
                left=amount_text(max(0, left)),
                trade_id=payment.trade_id,
                amount=amount_text(amount),
            ),
            field="receivers",
        )


def _receivers(call: Call, members: tuple[str, ...]) -> list[dict[str, str]]:
    text = call.sent.get("receivers")
    if text is None:
        raise FieldMissing("receivers")
    try:
        listed = parse(text.encode())
    except NotJsonError:
        listed = None
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise FieldInvalid(
            "receivers", message('must be the JSON text of an array of objects, such as [{"mid": 111, …}]')
        )
    read = []
    for place, one in enumerate(listed):
        values: dict[str, Any] = one if isinstance(one, dict) else {}
        texts = {name: str(value) for name, value in values.items() if isinstance(value, str) and value != ""}
        missing = [name for name in members if name not in texts]
        if missing:
            raise FieldMissing(*missing, where=f" in receivers[{place}]")
        read.append(texts)
    return read


def _amount(receiver: dict[str, str]) -> int:
    try:
        amount = parse_amount(receiver["split_amount"])
    except ValueError:
        amount = 0
    if amount == 0:
        raise RuleBroken(
            message("split_amount must be an amount such as 24.99, not {value}.").format(
                value=quoted(receiver["split_amount"])
            ),
            field="receivers",
        )
    return amount


def _shares(call: Call, split_id: str) -> tuple[Share, ...]:
    return tuple(
        Share(
            merchant_mid=receiver["mid"],
            merchant_name=receiver["mid"],
            detail_reference_id=receiver["detail_reference_id"],
            split_detail_id=f"{split_id}-{place}",
            refund_split_detail_id="",
            amount=_amount(receiver),
            role=receiver["role"],
            description=receiver.get("description", ""),
            result="Processing",
        )
        for place, receiver in enumerate(_receivers(call, _RECEIVER), start=1)
    )


def _returned_shares(call: Call, split: Split, returns: list[Split], transfer_id: str) -> tuple[Share, ...]:
    left = {share.split_detail_id: share.amount for share in split.shares}
    for returned in (share for one in returns for share in one.shares):
        left[returned.split_detail_id] -= returned.amount
    given = {share.split_detail_id: share for share in split.shares}
    shares = []
    for place, receiver in enumerate(_receivers(call, _RETURNER), start=1):
        detail, amount = receiver["split_detail_id"], _amount(receiver)
        share = given.get(detail)
        if share is None or share.merchant_mid != receiver["mid"]:
            raise RuleBroken(
                message("receivers: {value} is not a share of mid {mid} in split {split_id}.").format(
                    value=quoted(detail), mid=quoted(receiver["mid"]), split_id=split.split_id
                ),
                field="receivers",
            )
        if amount > left[detail]:
            raise RuleBroken(
                message(
                    "receivers: split_amount must be at most the {amount} that are left of {share}, not {value}."
                ).format(amount=amount_text(left[detail]), share=detail, value=quoted(receiver["split_amount"])),
                field="receivers",
            )
        left[detail] -= amount
        shares.append(
            share._replace(
                detail_reference_id=receiver["detail_reference_id"],
                refund_split_detail_id=f"{transfer_id}-{place}",
                amount=amount,
                description=receiver["description"],
                result="Processing",
            )
        )
    return tuple(shares)


def _split_of(call: Call) -> Split:
    split = call.unit.get(Split, call.sent["split_id"])
    if split is None or split.type != "Split":
        raise RuleBroken(
            message("There is no split with the split_id {value}.").format(value=quoted(call.sent["split_id"])),
            field="split_id",
        )
    return split


def _own_split_of(call: Call) -> Split:
    """The split of split_id, which must have the reference_id."""
    split = _split_of(call)
    if split.reference_id != call.sent["reference_id"]:
        raise FieldInvalid(
            "reference_id",
            message("{value} is not the reference_id of split {split_id}").format(
                value=quoted(call.sent["reference_id"]), split_id=split.split_id
            ),
        )
    return split


def _query_split(call: Call) -> MethodResult:
    split, sent = _own_split_of(call), call.sent
    if "refund_split_detail_id" in sent and sent.get("split_type") != _ONLY_RETURNS:
        raise FieldInvalid("refund_split_detail_id", message("needs split_type 1"))
    listed = call.unit.group(Split, split.split_id)
    for one in listed:
        count_query(call.unit, one, call.now)
    wanted = {_ONLY_SPLIT: {"Split"}, _ONLY_RETURNS: {"Return"}}.get(sent.get("split_type", ""), {"Split", "Return"})
    receivers = [receiver for one in reversed(listed) if one.type in wanted for receiver in as_receivers(one)]
    for name in ("split_detail_id", "refund_split_detail_id"):
        if name in sent:
            receivers = [receiver for receiver in receivers if receiver.get(name) == sent[name]]
    data = {**as_split(split, call.account.seed), "receivers": receivers}
    first = {name: data[name] for name in ("split_id", "state")}
    return MethodResult({**first, **data}, split.trade_id, split.scenario)


def _cancel_split(call: Call) -> MethodResult:
    split = _own_split_of(call)
    try:
        cancelled = SPLIT.transition(call.unit, call.account, split, Transition("Cancelled", call.now))
    except IllegalTransitionError as error:
        raise RuleBroken.because(error) from error
    known = as_split(cancelled, call.account.seed)
    names = (
        ("split_id", "reference_id", "reference", "state")
        if cancelled.reference
        else ("split_id", "reference_id", "state")
    )
    return MethodResult({name: known[name] for name in names}, split.trade_id, split.scenario)


_RETURNED = "receivers[].refund_split_detail_id"
_QUERY_FIELDS = (
    *always_sent(field for field in SPLIT_FIELDS if "[]" not in field.name),  # also those without a value
    *(field for field in SPLIT_FIELDS if "[]" in field.name),
)
_CREATED_FIELDS = tuple(field for field in _QUERY_FIELDS if field.name != _RETURNED)
_RETURN_FIELDS = tuple(field._replace(when="") if field.name == _RETURNED else field for field in _QUERY_FIELDS)
_CANCELLED_FIELDS = pick_fields(SPLIT_FIELDS, ("split_id", "reference_id", "reference", "state"))


def _command(
    command: str, summary: str, handle: Handler, *fields: Field, answer: tuple[DataField, ...], creates: bool = False
) -> Method:
    return Method(
        name="v3.SplitPayment",
        command=command,
        summary=summary,
        source="3.24",
        fields=(parameters.NONCE_STRING, *fields),
        handle=handle,
        reference="reference_id" if creates else "",
        kind=SPLIT,
        super_admin_only=True,
        answer=answer,
        changes_state=handle is _cancel_split,
    )


METHODS = (
    _command(
        "createSplitPayment", "Splits a paid order between receivers, or closes it for further splits.", _create_split,
        parameters.TRADE_ID, parameters.SPLIT_SOLUTION_ID, parameters.SETTLED_CURRENCY, parameters.NOTIFY_URL,
        parameters.SPLIT_COMPLETED, parameters.REFERENCE_ID, parameters.REFERENCE, parameters.RECEIVERS.optional,
        answer=_CREATED_FIELDS, creates=True,
    ),
    _command(
        "querySplitPayment", "Returns a split with its receivers and returns.", _query_split,
        parameters.SPLIT_ID, parameters.REFERENCE_ID, parameters.SPLIT_TYPE, parameters.SPLIT_DETAIL_ID,
        parameters.REFUND_SPLIT_DETAIL_ID, answer=_QUERY_FIELDS,
    ),
    _command(
        "cancelSplitPayment", "Cancels a split that is still processing.", _cancel_split,
        parameters.SPLIT_ID, parameters.REFERENCE_ID, answer=_CANCELLED_FIELDS,
    ),
    _command(
        "returnSplitPayment", "Returns money of a successful split.", _return_split,
        parameters.SPLIT_ID, parameters.SETTLED_CURRENCY, parameters.NOTIFY_URL, parameters.REFERENCE_ID,
        parameters.REFERENCE, parameters.RECEIVERS, answer=_RETURN_FIELDS, creates=True,
    ),
)  # fmt: skip

EVIDENCE = (
    Fact("v3.SplitPayment", "The fields of its commands and their limits.", "documented", "3.24, 5.5"),
    Fact("v3.SplitPayment", "receivers can be a JSON text or an array; its numbers are read as texts.", "assumed",
         "1.5, 3.24"),
    Fact("v3.SplitPayment", "All receivers together get at most the settlement amount, less fee and refunds.",
         "assumed", "3.24 UNSEEN"),
    Fact("v3.SplitPayment", "Any split_solution_id counts as configured and approved.", "assumed", "3.24"),
    Fact("v3.SplitPayment", "createSplitPayment and returnSplitPayment answer with the data of the notification.",
         "assumed", "3.24 UNSEEN"),
    Fact("v3.SplitPayment", "querySplitPayment answers split_id and state first.", "documented", "3.24"),
    Fact("v3.SplitPayment", "The keys of the notification follow.", "assumed", "3.24 UNSEEN"),
    Fact("v3.SplitPayment", "The answer of cancelSplitPayment.", "documented", "3.24"),
    Fact("v3.SplitPayment", "If it can no longer be cancelled, the answer is -1000, not Failed.", "assumed",
         "3.24"),
    Fact("v3.SplitPayment", "A reference_id that a split or a return has used before is -1000.", "assumed", "3.24"),
    Fact("v3.SplitPayment", "Failed and cancelled splits do not count and do not close the order; failed returns do not"
         " count.", "assumed", "5.5"),
    Fact("v3.SplitPayment", "A split order can be refunded, from the merchant's balance.", "assumed", "3.24"),
    Fact("v3.SplitPayment", "A return has its own id, and its shares have a refund_split_detail_id.", "assumed",
         "3.24"),
)  # fmt: skip
