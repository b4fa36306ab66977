"""The bytes of a notification: which key comes first, what is signed, and its three encodings."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, unquote_plus

import pytest

from mockserver.domain.notifications.payload import CONTENT_TYPES, encoded, signed_body, without_empty
from mockserver.signing.signature import sign, string_to_sign

DATA = {"state": "paid", "description": "分账 & 100% +"}


def test_the_sign_comes_first_unless_the_data_does() -> None:
    assert list(json.loads(signed_body(DATA, "key"))) == ["sign", "data"]
    assert list(json.loads(signed_body(DATA, "key", data_first=True))) == ["data", "sign"]


def test_the_data_is_compact_and_not_escaped() -> None:
    assert signed_body(DATA, "key", data_first=True).startswith(
        '{"data":{"state":"paid","description":"分账 & 100% +"},"sign":"'.encode()
    )


def test_texts_are_signed_as_they_are() -> None:
    assert json.loads(signed_body(DATA, "key"))["sign"] == sign("description=分账 & 100% +&state=paid", "key")


@pytest.mark.parametrize(("value", "text"), [(7, "7"), ([{"a": 1}], '[{"a":1}]'), (None, ""), (1.50, "1.5")])
def test_other_values_are_signed_as_the_receiver_reads_them(value: object, text: str) -> None:
    assert json.loads(signed_body({"state": "paid", "v": value}, "key"))["sign"] == sign(f"state=paid&v={text}", "key")


def test_texts_beside_a_number_are_signed_too() -> None:
    assert json.loads(signed_body({**DATA, "time": 1}, "key"))["sign"] == sign(
        string_to_sign({**DATA, "time": 1}), "key"
    )


def test_empty_values_are_left_out_and_zeros_are_not() -> None:
    assert without_empty({"a": "", "b": None, "c": 0, "d": "0", "e": False, "f": []}) == {
        "c": 0, "d": "0", "e": False, "f": []
    }  # fmt: skip


def test_a_body_is_json_a_form_field_or_percent_encoded() -> None:
    body = signed_body(DATA, "key")
    assert encoded(body, "json") == body
    assert parse_qs(encoded(body, "resultData").decode()) == {"resultData": [body.decode()]}
    assert unquote_plus(encoded(body, "percent-encoded").decode()).encode() == body
    assert not encoded(body, "percent-encoded").startswith(b"{")


def test_each_encoding_has_its_content_type() -> None:
    form = "application/x-www-form-urlencoded"
    assert dict(CONTENT_TYPES) == {"json": "application/json", "resultData": form, "percent-encoded": form}
