"""Successful payments and refunds as a CSV file (protocol.md 3.15)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mockserver import identity
from mockserver.domain.calendar import seconds_text
from mockserver.domain.ledger import Movement, MovementType
from mockserver.domain.money import SETTLEMENT_CURRENCY, amount_text
from mockserver.domain.unit_of_work import Choice
from mockserver.evidence import DataField, Fact
from mockserver.gateway import parameters
from mockserver.gateway.method import Call, Export, Method, MethodResult
from mockserver.gateway.methods.orders import time_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from mockserver.domain.unit_of_work import AccountView

COLUMNS = (
    DataField("type", "text", "payment or refund", "3.15"),
    DataField("trade_id", "uuid", "the gateway's id of the trade", "3.15"),
    DataField("refund_id", "text", "the gateway's id of the refund; empty for a payment", "3.15"),
    DataField("order_id", "text", "the merchant's order id", "3.15"),
    DataField("sub_pay_method", "text", "the wallet", "3.15"),
    DataField("transaction_id", "digits", "the wallet's number of the payment", "3.15"),
    DataField("amount", "amount", "amount of the payment or the refund", "3.15"),
    DataField("currency", "currency", "ISO 4217 code, such as EUR", "3.15"),
    DataField("settlement_amount", "amount", "amount in the settlement currency, before fees", "3.15"),
    DataField("settlement_currency", "currency", "currency that the merchant is paid in", "3.15"),
    DataField("merchant_cost", "amount", "fee that the merchant pays", "3.15"),
    DataField("time", "Unix time", "time of the payment or the refund", "3.15"),
)
"""The columns of the file; finance lists the same movements."""

_AT_ONCE = 500


def standing_movements(
    open_view: Callable[[], AbstractContextManager[AccountView]], since: int, until: int
) -> Iterator[list[Movement]]:
    """The movements of a range of instants that were not cancelled, oldest first, in batches of a few hundred.

    Each batch is read in its own view, so that a long list does not block payments.
    """
    after = 0
    while True:
        with open_view() as view:
            batch = view.page(Movement, Choice(since, until, "standing", 0, _AT_ONCE, after))
        if batch:
            yield batch
        if len(batch) < _AT_ONCE:
            return
        since, after = batch[-1].at, batch[-1].number


def _exporting(type_: MovementType) -> Callable[[Call], MethodResult]:
    def export(call: Call) -> MethodResult:
        since, until = time_range(call)
        batches = standing_movements(call.open_view, since, until)
        filename = f"{type_}s_{call.sent['start_time']}_{call.sent['end_time']}.csv"
        return MethodResult(
            {}, export=Export("text/csv; charset=utf-8", _csv(batches, type_, call.account.seed), filename)
        )

    return export


def _csv(batches: Iterator[list[Movement]], type_: MovementType, seed: str) -> Iterator[bytes]:
    yield _lines([tuple(column.name for column in COLUMNS)])
    for batch in batches:
        yield _lines([_row(movement, seed) for movement in batch if movement.type == type_])


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    import csv  # noqa: PLC0415 - only exports need it

    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _row(movement: Movement, seed: str) -> tuple[str, ...]:
    return (
        movement.type,
        movement.trade_id,
        movement.movement_id if movement.type == "refund" else "",
        movement.order_id,
        movement.sub_pay_method,
        identity.wallet_transaction_id(seed, movement.trade_number),
        amount_text(movement.amount),
        movement.currency,
        amount_text(movement.settlement),
        SETTLEMENT_CURRENCY,
        amount_text(movement.fee),
        seconds_text(movement.at),
    )


def _export_method(name: str, summary: str, type_: MovementType) -> Method:
    fields = (parameters.PAID_FROM, parameters.PAID_TO)
    return Method(name, summary, "3.15", fields, _exporting(type_), answer=COLUMNS, exports=True)


METHODS = (
    _export_method("v3.BatchQuery", "Exports the successful payments of a time range as a CSV file.", "payment"),
    _export_method("v3.TimePayOrder", "Older name of v3.BatchQuery.", "payment"),
    _export_method("v3.TimeRefundOrder", "Exports the refunds of a time range as a CSV file.", "refund"),
)

EVIDENCE = (
    Fact("v3.BatchQuery", "Its fields; successful payments as a CSV file; its older names.", "documented", "3.15"),
    Fact("v3.BatchQuery", "The columns; the range is that of the time of payment; cancelled payments are left out.",
         "assumed", "3.15 UNSEEN"),
    Fact("v3.TimeRefundOrder", "The same columns, of refunds.", "assumed", "3.15: only its name is known"),
)  # fmt: skip
