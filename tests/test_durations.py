from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.durations import absolute_text, duration_text, parse_duration, relative_text


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("500ms", 500), ("2s", 2000), ("1.5s", 1500), ("1m", 60_000), ("6h", 21_600_000), ("1d", 86_400_000), ("0s", 0)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize("text", ["", "2", "s", "2 weeks", "-1s", "2s3s", "1e3s"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 500ms"):
        parse_duration(text)


def test_a_duration_is_bounded() -> None:
    with pytest.raises(ValueError, match="at most 3650d"):
        parse_duration("200000d")


@given(st.integers(0, 10**10))
def test_a_duration_survives_its_text(milliseconds: int) -> None:
    assert parse_duration(duration_text(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("apart", "text"),
    [
        (0, "now"), (999, "now"), (-999, "now"), (1_000, "1 s ago"), (59_999, "59 s ago"), (60_000, "1 min ago"),
        (-240_000, "in 4 min"), (-3_599_999, "in 59 min"), (3_600_000, "1 h ago"), (86_400_000 * 400, "400 d ago"),
        (-86_400_000, "in 1 d"),
    ],
)  # fmt: skip
def test_an_instant_is_told_relative_to_another(apart: int, text: str) -> None:
    assert relative_text(1_732_672_545_000 - apart, 1_732_672_545_000) == text


def test_an_instant_is_told_with_its_zone() -> None:
    assert absolute_text(1_732_672_545_007) == "2024-11-27 01:55:45 UTC"
    assert absolute_text(1_732_672_545_007, exact=True) == "2024-11-27 01:55:45.007 UTC"
