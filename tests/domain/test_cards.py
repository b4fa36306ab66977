"""Test cards, and which of them a payment takes; the masking of numbers has tests of its own in tests/masking."""

from __future__ import annotations

import pytest

from mockserver.domain.cards import DEFAULT_CARD, ONE_TIME_TOKENS, TEST_CARDS, CardUse, cards_taken, last_four, masked


def test_every_brand_has_a_card_for_every_outcome() -> None:
    outcomes = {"approved", "declined", "failed", "challenged"}
    for brand in ("Visa", "Mastercard", "UnionPay"):
        assert {card.outcome for card in TEST_CARDS.values() if card.brand == brand} == outcomes, brand


def test_every_test_card_is_masked_as_a_card() -> None:
    for number in TEST_CARDS:
        assert masked(number) == "*" * (len(number) - 4) + number[-4:]


@pytest.mark.parametrize(
    "text", ['{"card": 1, "order_id": "2026-1128-0595"}', "card&order_id=2024519846516588484&amount=1"]
)
def test_an_order_id_stays_readable_in_a_text_about_cards(text: str) -> None:
    assert masked(text) == text
    assert masked(f"{text}, 400012345678") == f"{text}, ********5678"
    number = "4111-1111-1111-1111"
    assert masked(f'{{"card": 1, "order_id": "A {number}"}}') == f'{{"card": 1, "order_id": "A {"*" * 15}1111"}}'


def test_every_one_time_token_has_a_test_card() -> None:
    outcomes = {token: TEST_CARDS[number].outcome for token, number in ONE_TIME_TOKENS.items()}
    assert outcomes["tok_declined"] == "declined"
    assert outcomes["tok_challenged"] == "challenged"
    assert outcomes["tok_failed"] == "failed"
    assert {outcomes[token] for token in ("tok_visa", "tok_mastercard", "tok_unionpay")} == {"approved"}
    assert TEST_CARDS[DEFAULT_CARD].outcome == "approved"


@pytest.mark.parametrize(
    ("sub_pay_method", "brands"),
    [("Visa", {"Visa"}), ("MasterCard", {"Mastercard"}), ("UnionPay Card", {"UnionPay"}), ("Alipay", set()),
     ("Cards HPP", {"Visa", "Mastercard", "UnionPay"})],
)  # fmt: skip
def test_a_page_takes_the_cards_of_its_wallet(sub_pay_method: str, brands: set[str]) -> None:
    assert {card.brand for card in cards_taken(sub_pay_method).values()} == brands


def test_only_a_payer_who_is_authenticated_can_be_challenged() -> None:
    used = CardUse("Visa", "3220", "challenged", three_d_secure=True, three_d_secure_id="3", token="")
    assert used.challenged
    assert not used._replace(three_d_secure=False).challenged
    assert not used._replace(outcome="approved").challenged


def test_the_last_four_digits_are_shown() -> None:
    assert last_four("4111111111111234") == "1234"
