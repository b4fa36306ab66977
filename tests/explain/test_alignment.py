"""The alignment of two strings to sign: nothing is lost, and each planted change is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.explain.alignment import (
    EQUALS,
    LONGEST,
    MOST_PARAMETERS,
    SEPARATORS,
    Row,
    Status,
    align,
    parts_by_names,
    split,
)
from mockserver.explain.changes import SENTENCES, Change, change_between

_TEXTS = st.text(st.sampled_from("ab=&% +\"'\\\u200b\ud800\u4e2d1.0"), max_size=60) | st.text(max_size=60)


@given(_TEXTS)
def test_a_string_equals_itself(text: str) -> None:
    assert align(split(text), text).is_equal


@given(_TEXTS, _TEXTS)
def test_nothing_is_lost_and_only_equal_strings_are_equal(expected: str, sent: str) -> None:
    found = align(split(expected), sent)
    assert "&".join(row.expected for row in found.rows if row.expected is not None) == expected
    theirs = sorted((row.places[1], row.sent) for row in found.rows if row.sent is not None)
    assert found.separator.join(part for _, part in theirs).replace("=", found.equals) == sent.replace(
        "=", found.equals
    )
    assert [place for place, _ in theirs] == list(range(1, len(theirs) + 1))
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
        ("24.90", "24,90\u00a0", Change.NUMBER),
        ("1e998", "1e999", Change.OTHER),
        ("a b", "a\u00a0b", Change.SPACE),
        ("ab", "a\u200bb", Change.SPACE),
        ("ab", "ab\n", Change.SPACE),
        ("ab", '"ab"', Change.QUOTES),
        ("ab", "YWI=", Change.BASE64),
        ("\u00e9", "e\u0301", Change.UNICODE),
        ("10", "１０", Change.UNICODE),
        ('{"a":1,"b":"/"}', '{"b": "\\/", "a": 1}', Change.SAME_JSON),
        ("", "null", Change.WORD),
        ("1", "true", Change.WORD),
        ("24.90", "2490", Change.SCALE),
        ("1546588959", "1546588959000", Change.SCALE),
        ("abcdef", "abc", Change.CUT),
        ("abcdef", "def", Change.CUT),
        ("abc", "xyz", Change.OTHER),
    ],
)
def test_a_planted_change_is_named(expected: str, sent: str, change: Change) -> None:
    rows = align(["a=1", f"v={expected}", "z=2"], f"a=1&v={sent}&z=2").rows
    assert rows[1] == Row(Status.CHANGED, f"v={expected}", f"v={sent}", change, (2, 2))
    assert [rows[0].status, rows[2].status] == [Status.EQUAL, Status.EQUAL]


def test_html_escapes_are_named_in_a_value() -> None:
    assert change_between("<b>", "&lt;b&gt;") is Change.HTML  # as a parameter, its & would split it


def changes(expected: list[str], sent: str) -> list[tuple[Status, Change | None]]:
    return [(row.status, row.change) for row in align(expected, sent).rows]


QUERY = "url=https://a.example/?b=2&c=3&amount=4"


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (QUERY, (Status.EQUAL, None)),
        (QUERY.replace("&", "&amp;"), (Status.CHANGED, Change.HTML)),
        (QUERY.replace("&c=3", ""), (Status.CHANGED, Change.OTHER)),
        ("url=https://a.example/?c=3&b=2&amount=4", (Status.CHANGED, Change.OTHER)),
        (QUERY.replace("&c=3", "&c"), (Status.CHANGED, Change.OTHER)),
        (QUERY.replace("&c=3&amount=4", ""), (Status.CHANGED, Change.CUT)),
        (QUERY.replace("&", "%26"), (Status.CHANGED, Change.PERCENT)),
    ],
)
def test_a_value_keeps_its_own_ampersands(sent: str, found: tuple[Status, Change | None]) -> None:
    rows = changes(["amount=1", "time=5", QUERY, "user=6"], f"amount=1&time=5&{sent}&user=6")
    assert rows == [(Status.EQUAL, None), (Status.EQUAL, None), found, (Status.EQUAL, None)]


@pytest.mark.parametrize(
    ("sent", "change"),
    [("Amount=1", Change.CASE), ("\ufeffamount=1", Change.SPACE), ("amount:1", Change.NAME), ("1", Change.NAME),
     ("orderAmount=1", Change.NAME), ("POST\namount=1", Change.NAME)],
)  # fmt: skip
def test_a_parameter_of_a_similar_name_or_of_its_value_is_its_partner(sent: str, change: Change) -> None:
    assert changes(["amount=1", "b=2"], f"{sent}&b=2") == [(Status.CHANGED, change), (Status.EQUAL, None)]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_the_separator_is_found(separator: str) -> None:
    ours = ["amount=1", "description=a & b, c", "time=5", "url=x?y=1&z=2"]
    found = align(ours, separator.join(ours))
    assert (found.separator, found.is_equal) == (separator, separator == "&")
    assert {row.status for row in found.rows} == {Status.EQUAL}


@pytest.mark.parametrize("equals", EQUALS)
@pytest.mark.parametrize("separator", ["&", ", ", "\n"])
def test_what_stands_between_a_name_and_its_value_is_found(separator: str, equals: str) -> None:
    ours = ["amount=1", "time=5", "url=x?y=1&z=2"]
    found = align(ours, separator.join(part.replace("=", equals, 1) for part in ours))
    assert (found.separator, found.equals) == (separator, equals)
    assert {row.status for row in found.rows} == {Status.EQUAL}


def test_values_without_names_find_their_parameters() -> None:
    found = align(["amount=1", "time=5", "url=x"], "1|5|x")
    assert found.separator == "|"
    assert [(row.expected, row.sent, row.change) for row in found.rows] == [
        ("amount=1", "1", Change.NAME), ("time=5", "5", Change.NAME), ("url=x", "x", Change.NAME)
    ]  # fmt: skip


def test_the_parts_of_a_string_are_found_by_their_names() -> None:
    parts = ["amount=***", "order_id=a&b", "url=x?user=1&z=2", "user=3"]
    assert parts_by_names("&".join(parts), ["amount", "order_id", "url", "user"]) == [*parts]
    assert parts_by_names("a=1&b=2", ["a", "c"]) == ["a=1", "b=2"]


def test_missing_surplus_and_moved() -> None:
    moved = align(["a=1", "b=2", "c=3"], "c=3&a=1&b=2").rows[2]
    assert (moved.places, moved.is_moved) == ((3, 1), True)
    assert [row.status for row in align(["a=1", "b=2", "c=3"], "b=2&c=3").rows] == [Status.MISSING, *[Status.EQUAL] * 2]
    assert align(["a=1"], "a=1&b=2").rows[1] == Row(Status.SURPLUS, None, "b=2", None, (0, 2))
    assert [row.status for row in align(["a=1", "b=2", "c=3"], "c=3&a=1&b=2").rows] == [
        *[Status.EQUAL] * 2,
        Status.MOVED,
    ]


def test_huge_strings_are_bounded() -> None:
    many = "&" * (LONGEST * 3)
    found = align(split(many), many)
    assert not found.is_whole
    assert not found.is_equal
    assert len(found.rows) == MOST_PARAMETERS


def test_every_change_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Change)
