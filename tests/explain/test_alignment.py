"""The alignment of two strings to sign: nothing is lost, and each planted change is named."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.explain.alignment import (
    LONGEST,
    MOST_PARAMETERS,
    SENTENCES,
    Change,
    Row,
    Status,
    align,
    change_between,
    split,
)

_TEXTS = st.text(st.sampled_from("ab=&% +\"'\\\u200b\ud800\u4e2d1.0"), max_size=60) | st.text(max_size=60)


@given(_TEXTS)
def test_a_string_equals_itself(text: str) -> None:
    assert align(text, text).is_equal


@given(_TEXTS, _TEXTS)
def test_nothing_is_lost_and_only_equal_strings_are_equal(expected: str, sent: str) -> None:
    found = align(expected, sent)
    assert "&".join(row.expected for row in found.rows if row.expected is not None) == expected
    assert Counter(row.sent for row in found.rows if row.sent is not None) == Counter(split(sent))
    assert found.is_equal == (expected == sent)


@pytest.mark.parametrize(
    ("expected", "sent", "change"),
    [
        ("https://a.example/x", "https%3A%2F%2Fa.example%2Fx", Change.PERCENT),
        ("a b/c", "a+b%2Fc", Change.PERCENT),
        ("a b", "a+b", Change.PLUS),
        ("a/b", "a\\/b", Change.JSON),
        ("中", "\\u4e2d", Change.JSON),
        ("é", "Ã©", Change.CHARSET),
        ("中文", "中文".encode().decode("gbk", "replace"), Change.CHARSET),
        ("EUR", "eur", Change.CASE),
        ("1.5", "1.50", Change.NUMBER),
        ("12", "1.2e1", Change.NUMBER),
        ("1e998", "1e999", Change.OTHER),
        ("a b", "a\u00a0b", Change.SPACE),
        ("ab", "a\u200bb", Change.SPACE),
        ("ab", "ab\n", Change.SPACE),
        ("ab", '"ab"', Change.QUOTES),
        ("abcdef", "abc", Change.CUT),
        ("abc", "xyz", Change.OTHER),
    ],
)
def test_a_planted_change_is_named(expected: str, sent: str, change: Change) -> None:
    rows = align(f"a=1&v={expected}&z=2", f"a=1&v={sent}&z=2").rows
    assert rows[1] == Row(Status.CHANGED, f"v={expected}", f"v={sent}", change)
    assert [rows[0].status, rows[2].status] == [Status.EQUAL, Status.EQUAL]


def test_html_escapes_are_named_in_a_value() -> None:
    assert change_between("<b>", "&lt;b&gt;") is Change.HTML  # as a parameter, its & would split it


def test_missing_surplus_and_moved() -> None:
    assert [row.status for row in align("a=1&b=2&c=3", "b=2&c=3").rows] == [Status.MISSING, *[Status.EQUAL] * 2]
    assert align("a=1", "a=1&b=2").rows[1] == Row(Status.SURPLUS, None, "b=2")
    assert [row.status for row in align("a=1&b=2&c=3", "c=3&a=1&b=2").rows] == [*[Status.EQUAL] * 2, Status.MOVED]


def test_huge_strings_are_bounded() -> None:
    many = "&" * (LONGEST * 3)
    found = align(many, many)
    assert not found.is_whole
    assert not found.is_equal
    assert len(found.rows) == MOST_PARAMETERS


def test_every_change_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Change)
