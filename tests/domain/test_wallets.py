"""Wallets: their minimum amounts and currencies, what the cashier offers, and whose barcode it is."""

from __future__ import annotations

import pytest

from mockserver.domain.wallets import BANK_TRANSFER, HOSTED, IDEAL, Wallet, choices, wallet_of


def named(name: str) -> Wallet:
    [found] = [wallet for wallet in HOSTED if wallet.name == name]
    return found


def test_most_wallets_take_ten_cents_or_a_yuan() -> None:
    assert dict(named("Alipay").smallest) == {"EUR": 10, "CNY": 100}
    assert dict(named("PayPal").smallest) == {"EUR": 10, "CNY": 100}


@pytest.mark.parametrize("wallet", [IDEAL, named("Payconiq"), named("UnionPayWap"), BANK_TRANSFER])
def test_some_wallets_take_a_euro(wallet: Wallet) -> None:
    assert wallet.smallest["EUR"] == 100


def test_dutch_and_belgian_wallets_take_euros_only() -> None:
    for name in ("iDEAL", "Payconiq", "EPS", "PayPal", "Bancontact"):
        assert named(name).currencies == {"EUR"}, name
    assert not named("Alipay").currencies


def test_eps_has_both_its_documented_spellings() -> None:
    assert named("EPS").also == ("ESP",)


def test_the_cashier_offers_what_takes_the_amount_and_the_currency() -> None:
    assert choices("List", "EUR", 100) == (
        "WeChat Pay", "Alipay", "iDEAL", "PayPal", "Sofort/Digital", "Bancontact", "Visa",
    )  # fmt: skip
    assert choices("List", "EUR", 99) == ("WeChat Pay", "Alipay", "Bancontact", "Visa")
    assert choices("List", "EUR", 10) == ("WeChat Pay", "Alipay", "Bancontact", "Visa")
    assert choices("List", "EUR", 9) == ()
    assert choices("List", "CNY", 100) == ("WeChat Pay", "Alipay", "Visa")


def test_a_code_in_a_shop_is_paid_by_two_wallets() -> None:
    assert choices("QRcode", "EUR", 100) == ("WeChat Pay", "Alipay")


def test_a_wallet_that_the_merchant_picked_leaves_no_choice() -> None:
    assert choices("Alipay", "EUR", 100) == ()


@pytest.mark.parametrize("code", ["10", "15"])
def test_a_barcode_of_18_digits_from_10_to_15_is_wechats(code: str) -> None:
    assert wallet_of(code.ljust(18, "7")) == "WeChat Pay"
    assert wallet_of(code.ljust(17, "7")) is None
    assert wallet_of(code.ljust(19, "7")) is None


def test_a_barcode_from_25_to_30_with_16_to_24_digits_is_alipays() -> None:
    assert [wallet_of(f"{first}".ljust(16, "7")) for first in (24, 25, 29, 30, 31)] == [
        None,
        "Alipay",
        "Alipay",
        "Alipay",
        None,
    ]
    assert [wallet_of("27".ljust(length, "1")) for length in (15, 16, 24, 25)] == [None, "Alipay", "Alipay", None]


def test_a_text_with_other_signs_is_no_barcode() -> None:
    assert wallet_of("10777777777777777a") is None
    assert wallet_of("") is None
