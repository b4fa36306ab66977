"""Payments in answers and notifications."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import identity
from mockserver.domain.cards import CardUse
from mockserver.domain.payments.payment import Payment, Refunded
from mockserver.domain.payments.serialization import (
    as_card,
    as_order,
    as_progress,
    as_settlement,
    payment_data,
    settled_amount,
)
from tests.domain.samples import NOW, payment

CARD = CardUse("Visa", "1111", "approved", three_d_secure=True, three_d_secure_id="3ds-7", token="tok")
CHALLENGED = CARD._replace(outcome="challenged")


def paid(**changes: Any) -> Payment:
    return payment(state="paid", paid_at=NOW + 1999, **changes)


def test_an_order_has_what_the_merchant_sent_with_two_decimals() -> None:
    assert as_order(payment(tip=5)) == {
        "trade_id": "t1", "order_id": "o1", "pay_method": "online", "sub_pay_method": "Alipay", "amount": "20.00",
        "tip_amount": "0.05", "currency": "EUR", "description": "Tea", "demo": "a=1",
    }  # fmt: skip


def test_the_settlement_is_in_euros_and_in_yuan() -> None:
    assert as_settlement(payment()) == {
        "settlement_amount": "20.00", "settlement_currency": "EUR", "exchange_rate": "1", "amount_cny": "156.00"
    }  # fmt: skip
    assert as_settlement(payment(amount=78_00, currency="CNY")) == {
        "settlement_amount": "10.00", "settlement_currency": "EUR", "exchange_rate": "7.8", "amount_cny": "78.00"
    }  # fmt: skip
    assert settled_amount(payment(amount=1_09, currency="USD")) == 1_00


@pytest.mark.parametrize("state", ["pending", "processing", "expired", "cancelled"])
def test_an_order_that_nobody_touched_has_no_number_of_the_wallet(state: str) -> None:
    progress = as_progress(payment(state=state), "seed a")
    assert (progress["transaction_id"], progress["acquirer_id"], progress["paid_time"]) == ("", "", "")
    assert (progress["state"], progress["createDate"]) == (state, "1732672545")
    assert progress["yb_transaction_id"] == identity.yb_transaction_id("seed a", 1)


@pytest.mark.parametrize(
    "touched",
    [paid(), payment(state="declined"), payment(state="expired", authorized=20_00), paid()._replace(state="cancelled")],
)
def test_an_order_that_was_paid_authorised_or_declined_has_one(touched: Payment) -> None:
    progress = as_progress(touched, "seed a")
    assert progress["transaction_id"] == progress["acquirer_id"] == identity.wallet_transaction_id("seed a", 1)
    assert progress["paid_time"] == ("" if touched.paid_at is None else "1732672546")


def test_a_payment_without_a_card_says_nothing_of_cards() -> None:
    assert as_card(payment()) == {}


def test_a_payer_who_was_authenticated_has_the_number_of_it() -> None:
    assert as_card(payment(card=CARD)) == {"3ds_status": "Y", "3ds_trxid": "3ds-7", "3ds_version": "2.2.0"}
    assert as_card(payment(card=CARD._replace(three_d_secure=False))) == {}


@pytest.mark.parametrize("state", ["paid", "authorized"])
def test_the_token_is_sent_with_success_only(state: str) -> None:
    assert as_card(payment(card=CARD, state=state))["payment_token_object"] == "tok"
    assert "payment_token_object" not in as_card(payment(card=CARD, state="declined"))
    assert "payment_token_object" not in as_card(payment(card=CARD._replace(token=""), state=state))


@pytest.mark.parametrize(
    ("challenged", "status"),
    [(payment(), "C"), (payment(state="declined"), "N"), (paid(), "Y"), (payment(state="verify"), "Y"),
     (payment(state="expired", authorized=1), "Y")],
)  # fmt: skip
def test_a_challenge_is_required_until_the_payer_has_met_or_failed_it(challenged: Payment, status: str) -> None:
    assert as_card(challenged._replace(card=CHALLENGED))["3ds_status"] == status


def test_a_notification_has_the_documented_parameters_that_have_a_value() -> None:
    data = payment_data(paid(card=CARD), "seed a")
    assert list(data)[:5] == ["type", "user", "order_id", "trade_id", "transaction_id"]
    assert (data["settlement_rate"], data["tip_amount"]) == ("1", "0.00")
    assert data["out_trade_no"] == identity.out_trade_no("seed a", 1)
    assert data["payment_token_object"] == "tok"
    assert "paid_time" not in payment_data(payment(demo=""), "seed a")
    assert "demo" not in payment_data(payment(demo=""), "seed a")


def test_what_is_refundable_is_the_amount_without_the_refunds() -> None:
    assert payment().refundable == 20_00
    assert payment(refunded=Refunded(2, 7_00, 7_00)).refundable == 13_00
