"""v3.QueryOrder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers import answer, create, last_exchange, query, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock

DOCUMENTED_KEYS = [
    "trade_id", "merchant_name", "store_name", "cashier_name", "pay_method", "sub_pay_method", "order_id", "amount",
    "tip_amount", "currency", "settlement_amount", "settlement_currency", "exchange_rate", "description",
    "redirect_url", "notify_url", "state", "time_out", "amount_cny", "merchant_cost", "transaction_id",
]  # fmt: skip


def test_an_order_is_answered_with_the_documented_keys_in_their_order(app: Application) -> None:
    trade_id = create(app, amount="24.9")["data"]["trade_id"]
    envelope = query(app, trade_id)
    assert envelope["status"] is True
    info = envelope["data"]["transaction_info"]
    assert list(info)[: len(DOCUMENTED_KEYS)] == DOCUMENTED_KEYS
    assert all(isinstance(value, str) for value in info.values())
    assert info["amount"] == "24.90"
    assert info["settlement_amount"] == "24.90"
    assert info["exchange_rate"] == "1"
    assert info["state"] == "processing"
    assert info["transaction_id"] == ""


def test_the_names_of_the_merchant_are_the_same_on_every_order(app: Application) -> None:
    first, second = (query(app, create(app)["data"]["trade_id"])["data"]["transaction_info"] for _ in range(2))
    for name in ("merchant_name", "store_name", "cashier_name"):
        assert first[name] == second[name] != ""


def test_a_paid_order_has_its_transaction_number_and_time(app: Application, clock: FrozenClock) -> None:
    trade_id = create(app)["data"]["trade_id"]
    clock.advance(1000)
    app.worker.run_due("016683")
    info = query(app, trade_id)["data"]["transaction_info"]
    assert info["state"] == "paid"
    assert len(info["transaction_id"]) == 28
    assert info["transaction_id"] == info["acquirer_id"]
    assert info["paid_time"] == str(clock.now() // 1000)


def test_a_payment_in_yuan_is_settled_in_euros(app: Application) -> None:
    trade_id = create(app, amount="78", currency="CNY")["data"]["trade_id"]
    info = query(app, trade_id)["data"]["transaction_info"]
    assert (info["settlement_amount"], info["settlement_currency"], info["exchange_rate"]) == ("10.00", "EUR", "7.8")
    assert info["amount_cny"] == "78.00"


def test_the_journal_names_the_scenario_of_the_order(app: Application) -> None:
    query(app, create(app, order_id="DECLINED-1")["data"]["trade_id"])
    assert last_exchange(app).scenario == "declined"


def test_an_unknown_trade_is_1000_with_a_sentence(app: Application) -> None:
    envelope = query(app, "5902ea82-df87-bc30-3eef-c9cd1c64555c")
    assert (envelope["status"], envelope["code"]) == (False, "-1000")
    assert envelope["message"] == "There is no order with the trade_id '5902ea82-df87-bc30-3eef-c9cd1c64555c'."


@pytest.mark.parametrize("data", [{"trade_id": ""}, {"trade_id": None}, {"order_id": "1"}])
def test_a_query_without_trade_id_is_3001(app: Application, data: dict[str, str]) -> None:
    assert answer(app, signed_call("v3.QueryOrder", data))["code"] == "-3001"
