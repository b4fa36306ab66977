from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.durations import duration_text, parse_duration


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
