"""Rules for money: it moves once for each object, and all sums are those of the objects."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bench.durability.case import Case, Violation, states_of
from bench.durability.load import PAGE
from mockserver.domain.ledger import FEE
from mockserver.domain.money import amount_text, convert, parse_amount
from mockserver.domain.refunds import UNSUCCESSFUL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.api.records import RefundRecord


def paid_once(case: Case) -> Iterator[Violation]:
    answered = {sent.trade_id for sent in case.of_kind("pay")}
    for one in case.evidence.payments:
        times, trade_id = states_of(one.timeline).count("paid"), one.payment.trade_id
        if times > 1:
            yield Violation("paid once", trade_id, f"was paid {times} times")
        if trade_id in answered and not times:
            yield Violation("answered, and gone", trade_id, "was answered as paid on the page")
        if one.payment.state == "processing" and not one.payment.order_id.startswith(PAGE):
            yield Violation("done in the end", trade_id, "is still processing, and only the sandbox pays it")
    for paid_out in case.evidence.payouts:
        if paid_out.payout.state in {"awaiting approval", "pending"}:
            yield Violation("done in the end", paid_out.payout.payout_id, f"is still {paid_out.payout.state}")


def refunds_add_up(case: Case) -> Iterator[Violation]:
    usable = parse_amount(case.evidence.balance.usable)
    for one in case.evidence.payments:
        trade_id = one.payment.trade_id
        given = sum(parse_amount(refund.amount) for refund in one.refunds if refund.state not in UNSUCCESSFUL)
        if given > parse_amount(one.payment.amount):
            yield Violation("refunded once", trade_id, f"{amount_text(given)} of {one.payment.amount} is refunded")
        if given != parse_amount(one.payment.refunded_amount):
            sentence = f"says {one.payment.refunded_amount} is refunded, its refunds {amount_text(given)}"
            yield Violation("refunds add up", trade_id, sentence)
        for refund in one.refunds:
            if refund.state == "refund processing":
                yield Violation("done in the end", refund.refund_id, "is still processing")
            if refund.state == "refund pending" and _cost(refund) <= usable:
                yield Violation("done in the end", refund.refund_id, f"waits, and {amount_text(usable)} is usable")


def _cost(refund: RefundRecord) -> int:
    return parse_amount(refund.settlement_amount) + FEE


def money_moves_once(case: Case) -> Iterator[Violation]:
    """Each payment that stands as paid has one movement, as has each successful refund; there are no others."""
    paid = [one.payment for one in case.evidence.payments if one.payment.state == "paid"]
    refunds = [refund for one in case.evidence.payments for refund in one.refunds if refund.state == "refunded"]
    rows = case.evidence.paid_rows, case.evidence.refunded_rows
    yield from _one_each({one.trade_id: (one.currency, one.amount) for one in paid}, rows[0], "trade_id")
    yield from _one_each({one.refund_id: (one.currency, one.amount) for one in refunds}, rows[1], "refund_id")
    for row in rows[0]:
        settled = amount_text(convert(parse_amount(row["amount"]), row["currency"], "EUR"))
        if (row["settlement_amount"], row["merchant_cost"]) != (settled, amount_text(FEE)):
            sentence = f"settled EUR {row['settlement_amount']} for {row['merchant_cost']}, and not {settled}"
            yield Violation("money moves once", row["trade_id"], sentence)
    costs = {one.refund_id: one.settlement_amount for one in refunds}
    for row in rows[1]:
        if row["settlement_amount"] != costs.get(row["refund_id"], row["settlement_amount"]):
            yield Violation("money moves once", row["refund_id"], f"settled EUR {row['settlement_amount']}")


def _one_each(objects: dict[str, tuple[str, str]], rows: list[dict[str, str]], name: str) -> Iterator[Violation]:
    counted = Counter(row[name] for row in rows)
    for identifier in objects.keys() | counted.keys():
        if counted[identifier] != (identifier in objects):
            sentence = f"{counted[identifier]} movements, {'done' if identifier in objects else 'not done'}"
            yield Violation("money moves once", identifier, sentence)
    for row in rows:
        moved = row["currency"], row["amount"]
        if objects.get(row[name], moved) != moved:
            yield Violation("money moves once", row[name], f"{' '.join(moved)} moved, not {objects[row[name]]}")


def balance_adds_up(case: Case) -> Iterator[Violation]:
    """The balance is the opening balance with all movements and payouts, to the cent."""
    evidence = case.evidence
    moved = _total(evidence.paid_rows, "settlement_amount") - _total(evidence.paid_rows, "merchant_cost")
    spent = _total(evidence.refunded_rows, "settlement_amount") + _total(evidence.refunded_rows, "merchant_cost")
    states = Counter[str]()
    for paid_out in evidence.payouts:
        states[paid_out.payout.state] += parse_amount(paid_out.payout.amount)
    frozen = states["awaiting approval"] + states["pending"]
    reserved = sum(_cost(r) for one in evidence.payments for r in one.refunds if r.state == "refund processing")
    available = evidence.opening + moved - spent - frozen - states["completed"]
    expected = {"available": available, "reserve": reserved, "usable": available - reserved, "deposit": frozen}
    for name, value in expected.items():
        found = getattr(evidence.balance, name)
        if found != amount_text(value):
            yield Violation("balance adds up", evidence.user, f"{name} is {found}, by its objects {amount_text(value)}")


def daily_totals_add_up(case: Case) -> Iterator[Violation]:
    """The clearing reports of all days together have what the movements have."""
    evidence = case.evidence
    paid, refunded = evidence.paid_rows, evidence.refunded_rows
    expected = {
        "number_of_payment": len(paid) * 100,
        "payment_amount": _total(paid, "settlement_amount"),
        "number_of_refund": len(refunded) * 100,
        "refund_amount": _total(refunded, "settlement_amount"),
        "merchant_cost": _total([*paid, *refunded], "merchant_cost"),
    }
    for name, value in expected.items():
        found = sum(parse_amount(str(bill[name])) for bill in evidence.bills)
        if found != value:
            sentence = f"{name} is {amount_text(found)}, by the movements {amount_text(value)}"
            yield Violation("daily totals add up", evidence.user, sentence)


def _total(rows: list[dict[str, str]], name: str) -> int:
    return sum(parse_amount(row[name]) for row in rows)
