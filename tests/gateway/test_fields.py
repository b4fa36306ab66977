"""Fields of a request: which are read, which are missing, and the rules of their values, at their limits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.gateway.errors import FieldInvalid, FieldMissing, Refusal, RuleBroken
from mockserver.gateway.fields import (
    LARGEST_PAGE,
    USUAL_PAGE,
    Field,
    FieldPlan,
    OneOf,
    amount_rule,
    count_rule,
    day_from,
    day_rule,
    instant_of,
    is_web_address,
    length_rule,
    money_rule,
    read_fields,
    some_money_rule,
    timeout_minutes,
    timeout_rule,
    tip_rule,
    unix_time_rule,
    web_address_rule,
)
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.parameters import ENVELOPE
from mockserver.signing.php import Number

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.gateway.fields import Rule
    from mockserver.gateway.method import Method

NAME = Field("name", required=True, meaning="", source="3")
NOTE = Field("note", required=False, meaning="", source="3")
NO_DECIMAL = "must be a decimal number with at most two places, such as 24.99"


def test_the_texts_of_declared_fields_are_read() -> None:
    assert read_fields((NAME, NOTE), {"note": "n", "name": "a", "other": "x"}) == {"name": "a", "note": "n"}


@pytest.mark.parametrize("data", [{"name": "a"}, {"name": "a", "note": None}, {"name": "a", "note": ""}])
def test_an_optional_field_may_be_missing_null_or_empty(data: dict[str, Any]) -> None:
    assert read_fields((NAME, NOTE), data) == {"name": "a"}


@pytest.mark.parametrize("data", [{}, {"name": None}, {"name": ""}])
def test_a_required_field_may_not(data: dict[str, Any]) -> None:
    with pytest.raises(FieldMissing) as caught:
        read_fields((NAME, NAME._replace(name="other"), NOTE), data, " in data")
    assert caught.value.fields == ("name", "other")
    assert caught.value.reason == "Missing or empty in data: name, other."


def test_a_required_field_may_be_empty_where_that_is_declared() -> None:
    field = NAME._replace(may_be_empty=True)
    assert read_fields((field,), {"name": ""}) == {}
    for data in ({}, {"name": None}):
        with pytest.raises(FieldMissing):
            read_fields((field,), data)


def test_a_declared_field_can_be_made_optional() -> None:
    assert NAME.optional == NAME._replace(required=False)
    assert NOTE.optional == NOTE


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "true"), (False, "false"), ({"a": "b"}, "an object"), (["a"], "an array"), ([], "an array")],
)
def test_a_value_must_be_a_text_or_a_number(value: Any, kind: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        read_fields((NOTE,), {"note": value})
    assert (caught.value.reason, caught.value.fields) == (f"note must be text or a number, not {kind}.", ("note",))


@pytest.mark.parametrize(("value", "text"), [({"a": "b"}, '{"a":"b"}'), (["a"], '["a"]'), ("[1]", "[1]")])
def test_a_structured_field_may_be_json_or_its_text(value: Any, text: str) -> None:
    assert read_fields((NOTE._replace(structured=True),), {"note": value}) == {"note": text}


@pytest.mark.parametrize(("value", "texts"), [(True, {"note": "1"}), (False, {})])
def test_a_boolean_in_a_free_text_is_phps_text_of_it(value: Any, texts: dict[str, str]) -> None:
    assert read_fields((NOTE._replace(free_text=True),), {"note": value}) == texts


def test_false_in_a_required_free_text_is_missing() -> None:
    with pytest.raises(FieldMissing):
        read_fields((NOTE._replace(free_text=True, required=True),), {"note": False})


def test_an_array_in_a_free_text_is_refused() -> None:
    with pytest.raises(RuleBroken, match="note must be text or a number, not an array"):
        read_fields((NOTE._replace(free_text=True),), {"note": []})


def test_a_structured_field_must_not_be_true() -> None:
    with pytest.raises(RuleBroken, match="note must be text or a number, not true"):
        read_fields((NOTE._replace(structured=True),), {"note": True})


def test_a_rule_sees_all_texts_and_its_breach_names_the_field_and_the_value() -> None:
    fields = (NAME._replace(rule=lambda text, texts: None if text == texts["note"] else "must be the note"), NOTE)
    assert read_fields(fields, {"name": "n", "note": "n"}) == {"name": "n", "note": "n"}
    with pytest.raises(FieldInvalid) as caught:
        read_fields(fields, {"name": "m", "note": "n"})
    assert caught.value.reason == "name must be the note, not 'm'."


def test_the_rule_of_a_field_that_was_not_sent_is_not_asked() -> None:
    assert read_fields((NAME, NOTE._replace(rule=lambda _text, _texts: "is wrong")), {"name": "a"}) == {"name": "a"}


def verdicts(rule: Rule, *texts: str, **others: str) -> list[str | None]:
    return [rule(text, others) for text in texts]


@pytest.mark.parametrize(
    ("currency", "least", "too_small"), [("EUR", "0.10", "0.09"), ("CNY", "1.00", "0.99"), ("GBP", "0.01", "0.00")]
)
def test_an_amount_is_at_least_the_minimum_of_its_currency(currency: str, least: str, too_small: str) -> None:
    assert verdicts(amount_rule, least, too_small, currency=currency) == [None, f"must be at least {currency} {least}"]


def test_an_amount_is_a_decimal_number() -> None:
    assert verdicts(amount_rule, "1.234", "a", currency="EUR") == [NO_DECIMAL, NO_DECIMAL]


def test_the_minimum_of_an_unknown_currency_is_left_to_the_rule_of_currencies() -> None:
    assert verdicts(amount_rule, "0", currency="XXX") == [None]
    assert verdicts(amount_rule, "0") == [None]


def test_money_may_be_nothing_but_no_word() -> None:
    assert verdicts(money_rule, "0", "0.01", "1.234", "-1") == [None, None, NO_DECIMAL, NO_DECIMAL]


def test_some_money_is_at_least_a_cent() -> None:
    assert verdicts(some_money_rule, "0.01", "0", "0.00", "x") == [
        None,
        "must be more than 0",
        "must be more than 0",
        NO_DECIMAL,
    ]


def test_a_text_has_a_longest_length() -> None:
    assert verdicts(length_rule(3), "", "分账🍵", "abcd") == [None, None, "must have at most 3 characters"]


def test_a_tip_is_part_of_the_amount() -> None:
    assert verdicts(tip_rule, "0", "5", "5.01", amount="5.00") == [
        None, None, "must not be more than the amount '5.00' that includes it"
    ]  # fmt: skip
    wrong = "must be a decimal number with at most two places, such as 0.50"
    assert (
        verdicts(tip_rule, "x", amount="5") == verdicts(tip_rule, "1", amount="x") == verdicts(tip_rule, "1") == [wrong]
    )


def test_a_timeout_is_at_most_a_day() -> None:
    wrong = "must be whole minutes from 0 to 1440"
    assert verdicts(timeout_rule, "0", "1", "01", "1440") == [None] * 4
    assert verdicts(timeout_rule, "1441", "9999", "00001", "-1", "1.5") == [wrong] * 5
    assert verdicts(timeout_rule, "", "²", "٣", "1\n", " 1", "1_0") == [wrong] * 6


def test_no_timeout_and_0_are_a_day() -> None:
    assert [timeout_minutes({}), timeout_minutes({"timeout": "0"}), timeout_minutes({"timeout": "1"})] == [
        1440,
        1440,
        1,
    ]


def test_a_word_is_one_of_several() -> None:
    assert verdicts(OneOf({"b", "a"}), "a", "c") == [None, "must be one of a, b"]


def test_a_count_begins_with_1_and_has_a_limit() -> None:
    wrong = "must be a whole number from 1 to 20"
    assert verdicts(count_rule(20), "1", "20", "0", "21", "01", "", "x") == [None, None, *[wrong] * 5]
    assert verdicts(count_rule(10**12), "999999999", "1000000000") == [
        None,
        "must be a whole number from 1 to 1000000000000",
    ]


def test_a_page_has_20_entries_and_at_most_500() -> None:
    assert (USUAL_PAGE, LARGEST_PAGE) == (20, 500)


def test_a_time_of_12_digits_is_in_milliseconds() -> None:
    assert [instant_of("15465889590"), instant_of("154658895900")] == [15_465_889_590_000, 154_658_895_900]
    assert instant_of("0") == 0


def test_a_time_has_at_most_13_digits() -> None:
    wrong = "must be Unix time in seconds, such as 1546588959"
    assert verdicts(unix_time_rule, "0", "1" * 13, "1" * 14, "", "-1") == [None, None, wrong, wrong, wrong]


def test_a_day_is_written_as_in_the_reports() -> None:
    assert day_from("19-02-2024") == date(2024, 2, 19)
    assert [day_from(text) for text in ("30-02-2024", "2024-02-19", "1-2-2024", "")] == [None] * 4
    assert verdicts(day_rule, "29-02-2024", "29-02-2023") == [None, "must be a day as dd-MM-yyyy, such as 19-02-2024"]


@pytest.mark.parametrize("length", [1000, 1001])
def test_an_address_of_any_length_is_judged_alike(length: int) -> None:
    address = "https://shop.example/".ljust(length, "x")
    assert is_web_address(address)
    assert verdicts(web_address_rule, address, "x" + address) == [
        None, "must be a web address such as https://shop.example/notify"
    ]  # fmt: skip


PLANNED = sorted({field for fields in (ENVELOPE, *(method.fields for method in ALL_METHODS)) for field in fields},
                 key=lambda field: (field.name, field.required, field.source))  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ["1", "0", "01", "EUR", "EURO", "24.99", "0.001", "online", "https://shop.example/notify", "x" * 129]
    ),
    st.sampled_from([Number("1", "1"), Number("12", "12.0"), "", None]),
    st.sampled_from([True, False, [], {}, [1], {"a": 1}]),
    st.text(max_size=3),
)


@given(st.data())
def test_a_plan_reads_and_refuses_as_the_fields_are_read_one_by_one(data: st.DataObject) -> None:
    fields = tuple(data.draw(st.lists(st.sampled_from(PLANNED), max_size=4, unique_by=lambda field: field.name)))
    sent = {field.name: data.draw(VALUES) for field in fields if data.draw(st.sampled_from(["sent", "sent", ""]))}

    def result(read: Callable[[], dict[str, str]]) -> Any:
        try:
            return [(name, text, type(text)) for name, text in read().items()]
        except Refusal as refusal:
            return type(refusal), refusal.reason, refusal.message, refusal.fields

    plan = FieldPlan(fields, " in data")
    assert result(lambda: plan.read(sent)) == result(lambda: read_fields(fields, sent, " in data"))


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda method: method.title)
def test_a_method_plans_its_fields_once(method: Method) -> None:
    assert method.field_plan is method.field_plan
