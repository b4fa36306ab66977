from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.domain.money import CURRENCIES, amount_text, convert, exchange_rate, parse_amount

amounts = st.integers(min_value=0, max_value=10**14 - 1)


@pytest.mark.parametrize(("text", "hundredths"), [("0", 0), ("1", 100), ("0.1", 10), ("24.99", 2499), ("1.5", 150)])
def test_an_amount_is_read_exactly(text: str, hundredths: int) -> None:
    assert parse_amount(text) == hundredths


@pytest.mark.parametrize(
    "text", ["", "1.", ".5", "1.234", "01", "1,5", "-1", "+1", "1e2", " 1", "1 ", "１", "NaN", "1" * 13]
)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="at most two places"):
        parse_amount(text)


@given(amounts)
def test_an_amount_survives_its_text(hundredths: int) -> None:
    assert parse_amount(amount_text(hundredths)) == hundredths


@given(amounts, st.sampled_from(sorted(CURRENCIES)))
def test_converting_there_and_back_loses_at_most_rounding(hundredths: int, currency: str) -> None:
    euros = convert(hundredths, currency, "EUR")
    units = float(exchange_rate(currency))
    assert abs(convert(euros, "EUR", currency) - hundredths) <= units / 2 + 1


def test_converting_rounds_half_up() -> None:
    assert convert(39, "CNY", "EUR") == 5
    assert convert(58, "CNY", "EUR") == 7


def test_rates_are_shown_without_trailing_zeros() -> None:
    assert [exchange_rate(currency) for currency in ("EUR", "CNY", "HUF")] == ["1", "7.8", "395"]
