"""What an explanation says: sentences, both strings and where they differ, facts, and never a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.explain.budget import DEFAULT_UNITS, Budget
from mockserver.explain.signature import Explanation, SignedRequest, explain_signature
from mockserver.signing.php import parse
from tests.explain.hand_signed import (
    KEY,
    OTHER_KEYS,
    RIGHT,
    compact,
    explain,
    flat,
    hash_hex,
    hmac_hex,
    join,
    unsorted,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RIGHT_FORM = "The sign has the right form, 64 hexadecimal digits, so it comes from a 256-bit hash."


@pytest.mark.parametrize("signed", [RIGHT, join(without("demo", "timeout"))])
def test_a_right_sign_is_called_right(signed: str) -> None:
    found = explain(hmac_hex(signed))
    assert found == Explanation((), "The signature is correct.", "", signed, signed, None, ())


def test_a_mistake_is_found_beside_dropped_empties() -> None:
    signed = unsorted(without("demo", "timeout"))
    found = explain(hmac_hex(signed))
    assert found.mistakes == ("keys unsorted",)
    assert found.client_string == signed
    assert found.sandbox_string == join(without("demo", "timeout"))


def test_the_other_account_is_named() -> None:
    found = explain(hmac_hex(RIGHT, OTHER_KEYS["036870"]))
    assert found.sentence == "The secret key of another account was used (user 036870)."
    assert not any(key in repr(found) for key in OTHER_KEYS.values())


def test_a_stored_key_with_white_space_is_explained() -> None:
    found = explain(hmac_hex(RIGHT), key=f"{KEY}\n")
    assert found.mistakes == ("key with white space",)


def test_the_field_that_was_left_out_is_named() -> None:
    assert explain(hmac_hex(join(without("notify_url")))).sentence == (
        "A field of the body was not signed (notify_url)."
    )


def test_the_first_differing_byte_is_counted_in_utf_8() -> None:
    found = explain(hmac_hex(join({**flat({"a": "分", "b": "x"}), "b": "x&"})[:-1] + "\n"), {"a": "分", "b": "x"})
    assert found.first_difference is None  # unknown: nothing fits
    found = explain(hmac_hex(join(flat({"a": "分", "amount": "1.0"})) + "\n"), {"a": "分", "amount": "1.0"})
    assert found.first_difference == len(found.sandbox_string.encode())
    found = explain(hmac_hex(join(flat({"a": "分", "amount": "1"}))), {"a": "分", "amount": "1.0"})
    assert found.first_difference == len("a=分&amount=1".encode())


def test_a_difference_of_the_key_alone_leaves_the_strings_equal() -> None:
    found = explain(hmac_hex(RIGHT, f"{KEY}\n"))
    assert (found.client_string, found.first_difference) == (found.sandbox_string, None)


NOTIFICATION = {"state": "paid", "order_id": "2024", "amount": "1.00", "user": "016683", "description": "a/b"}


@pytest.mark.parametrize(
    ("mistakes", "signed"),
    [
        ((), join(NOTIFICATION)),
        (("keys unsorted",), unsorted(NOTIFICATION)),
        (("data nested",), "data=" + compact(NOTIFICATION)),
        (("JSON signed",), compact(NOTIFICATION)),
        (("slashes escaped",), join(NOTIFICATION).replace("/", "\\/")),
        (("sign included",), join({**NOTIFICATION, "sign": ""})),
    ],
)
def test_a_notification_signs_the_keys_of_data_alone(mistakes: tuple[str, ...], signed: str) -> None:
    sign = hmac_hex(signed)
    body = parse(compact({"sign": sign, "data": NOTIFICATION}).encode())
    found = explain_signature(SignedRequest(body, sign, KEY, {}))
    assert found.mistakes == mistakes
    assert found.sandbox_string == join(NOTIFICATION)
    assert found.client_string == signed


def test_what_stands_beside_the_data_of_a_notification_is_not_signed() -> None:
    sign = hmac_hex(join(NOTIFICATION))
    body = parse(compact({"sign": sign, "time": "1", "data": NOTIFICATION}).encode())
    assert explain_signature(SignedRequest(body, sign, KEY, {})).sentence == "The signature is correct."


@pytest.mark.parametrize(
    ("sign", "fact"),
    [
        ("", "The sign is empty."),
        (hash_hex("x"), RIGHT_FORM),
        (hash_hex("x", "md5"), "The sign has 32 hexadecimal digits, like MD5, instead of the 64 of HMAC-SHA256."),
        (hash_hex("x", "sha1"), "The sign has 40 hexadecimal digits, like SHA-1, instead of the 64 of HMAC-SHA256."),
        ("abc", "The sign has 3 hexadecimal digits, like no common hash, instead of the 64 of HMAC-SHA256."),
        ("0" * 64, "The sign is no digest, as it has only 1 of the 16 hexadecimal digits."),
        ("sign me!", "The sign is not hexadecimal: it has 8 characters, and 64 hexadecimal digits are expected."),
    ],
)
def test_the_shape_of_a_sign_that_nothing_explains_is_described(sign: str, fact: str) -> None:
    found = explain(sign)
    assert found.mistakes == ()
    assert found.checked[0] == fact
    assert found.sentence.startswith(fact) is (fact != RIGHT_FORM)
    assert (found.client_string, found.first_difference) == ("", None)


def test_what_is_easily_signed_wrongly_is_listed() -> None:
    found = explain(
        hash_hex("x"), {"a": "é", "b": " x", "c": "50%", "d": 1.5, "e": "", "f": [1], "g": None}, version="1"
    )
    said = " ".join(found.checked)
    for fact in ("non-ASCII characters, which are signed as UTF-8: a.", "white space, which is signed: b.", "signed as they are: c.",
                 "as PHP writes them: d.", "either all or none of them: e, g.", "compact JSON: f.", "not signed: version."):  # fmt: skip
        assert fact in said
    assert "key of another account" in said


SECRETS = st.text("abcXYZ019/+=&%é \"'<", min_size=8, max_size=24).filter(
    lambda key: key.strip() == key and len(unquote(key)) >= 8  # a shorter one is masked as a whole word only
)


@settings(max_examples=12)
@given(
    SECRETS,
    st.sampled_from(["a={key}", "{text}{key}", "{text}&key={key}", "{key}{text}"]),
    st.sampled_from([str, quote_plus]),
)
@pytest.mark.slow
def test_the_secret_is_never_shown(key: str, shape: str, change: Callable[[str], str]) -> None:
    # The body holds the key too, as when a client sends it along.
    data = {"a": f"x{key}", "secret_key": key, "z": [key]}
    signed = {"a": change(f"x{key}"), "secret_key": change(key), "z": compact([key])}
    text = shape.format(text=join(flat(signed)), key=key)
    for sign in (
        hmac_hex(text, key),
        hash_hex(text),
        hash_hex(text, "md5"),
        key,
        hash_hex("x"),
    ):
        found = explain(sign, data, key=key, budget=Budget(for_small=DEFAULT_UNITS))
        shown = [found.sentence, found.cure, found.sandbox_string, found.client_string, *found.checked]
        assert not any(form in field for field in shown for form in (key, quote_plus(key), json.dumps(key)[1:-1]))


@pytest.mark.parametrize(
    ("sent", "signed", "said"),
    [
        ({"amount": "24.90"}, {"amount": "24.9"}, "amount: you signed 24.9, sent 24.90"),
        ({"amount": 24.9}, {"amount": "24.90"}, "amount: you signed 24.90, the gateway reads 24.9"),
        ({"a": True}, {"a": "true"}, "a: you signed true, the gateway reads 1"),
        ({"a": " x"}, {"a": "x"}, 'a: you signed x, sent " x"'),
        ({"a": "x\r\ny"}, {"a": "x\ny"}, r"a: you signed x\ny, sent x\r\ny"),
        ({"a": "", "b": "2"}, {"a": "null", "b": "2"}, 'a: you signed null, sent ""'),
        (
            {"a": "1/", "b": "2/", "c": "3/"},
            {"a": r"1\/", "b": r"2\/", "c": r"3\/"},
            r"a: you signed 1\/, sent 1/; b: you signed 2\/, sent 2/; and 1 more",
        ),
    ],
)
def test_a_sentence_about_a_value_names_the_field_and_both_spellings(
    sent: dict[str, object], signed: dict[str, str], said: str
) -> None:
    assert said in explain(hmac_hex(join(flat(signed))), sent).sentence


@pytest.mark.parametrize(
    ("sign", "mistakes"),
    [
        (lambda right: bytes.fromhex(right).hex("-").upper(), ("separators in the sign", "upper-case hex")),
        (lambda right: f'"{right.upper()}"', ("quotes around the sign", "upper-case hex")),
        (lambda right: repr(right.upper().encode()), ("sign as printed", "upper-case hex")),
        (lambda right: f"sha256={right}\n", ("white space around the sign", "prefix before the sign")),
    ],
)
def test_the_cures_for_a_form_leave_nothing_of_it(sign: Callable[[str], str], mistakes: tuple[str, ...]) -> None:
    assert explain(sign(hmac_hex(RIGHT))).mistakes == mistakes
