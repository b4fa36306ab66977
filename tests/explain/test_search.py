"""What a search finds and what it does not, whatever was sent: random signs, right ones, large bodies, many accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.explain.budget import DEFAULT_UNITS, Budget
from mockserver.explain.search import search
from mockserver.explain.signature import SignedRequest, explain_signature
from mockserver.explain.variants.model import Message
from mockserver.explain.variants.signs import SignForm, WantedDigests, type_sent
from mockserver.signing.php import parse
from mockserver.signing.signature import sign as sign_text
from mockserver.signing.signature import signed_parameters, string_to_sign
from tests.explain.hand_signed import (
    DATA,
    ENVELOPE,
    KEY,
    OTHER_KEYS,
    RIGHT,
    compact,
    explain,
    flat,
    hmac_hex,
    join,
    unsorted,
)

MOST_STRINGS = 100_000

DATES = st.dictionaries(
    st.text("abcdefgh_ABC123", min_size=1, max_size=8),
    st.one_of(st.text(max_size=12), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none(),
              st.lists(st.text(max_size=3), max_size=3)),
    max_size=8,
)  # fmt: skip


@settings(max_examples=25)
@given(DATES, st.binary(min_size=32, max_size=32))
@pytest.mark.slow
def test_no_mistake_is_named_for_a_random_sign(data: dict[str, Any], sign: bytes) -> None:
    assert explain(sign.hex(), data, budget=Budget(for_small=DEFAULT_UNITS)).mistakes == ()


@settings(max_examples=150)
@given(st.text(max_size=70).filter(lambda text: not type_sent(text.strip())))
def test_no_mistake_is_named_for_a_random_text(sign: str) -> None:
    found = explain_signature(
        SignedRequest({**ENVELOPE, "data": {"a": "1"}}, sign, KEY, {}), Budget(for_small=DEFAULT_UNITS)
    )
    assert found.mistakes == ()


@settings(max_examples=100)
@given(DATES, st.booleans())
def test_no_mistake_is_named_for_a_right_sign(data: dict[str, Any], drops: bool) -> None:  # noqa: FBT001
    body = parse(compact({**ENVELOPE, "data": data}).encode("utf-8", "replace"))
    text = string_to_sign(signed_parameters(body), "dropped" if drops else "kept")
    found = explain_signature(SignedRequest(body, sign_text(text, KEY), KEY, {}))
    assert (found.mistakes, found.sentence) == ((), "The signature is correct.")


@pytest.mark.parametrize(
    "data",
    [
        {f"key_{number}": f"value {number}" for number in range(3000)},
        {"description": "漢/ & " * 200_000},
        {f"k{number}": number / 7 for number in range(50)},
        {"deep": json.loads("[" * 500 + "]" * 500)},
        {"number": 1, "many": "9" * 50_000, "amount": "1e999999999"},
    ],
)
def test_a_large_body_is_bounded(data: dict[str, Any]) -> None:
    body = parse(compact({**ENVELOPE, "data": data}).encode())
    found = search(Message.of(body, KEY, OTHER_KEYS), WantedDigests({b"x" * 32: SignForm()}))
    assert found.form is None
    assert found.tried <= MOST_STRINGS
    assert explain(hmac_hex(RIGHT).upper()).mistakes == ("upper-case hex",)


def test_a_likely_mistake_is_found_in_a_large_body() -> None:
    data = {f"key_{number}": f"value {number}" for number in range(2000, 0, -1)}
    assert explain(hmac_hex(unsorted(flat(data))), data).mistakes == ("keys unsorted",)


def test_each_mistake_has_its_chance_in_a_large_body() -> None:
    data = {f"key_{number}": f"value {number}" for number in range(2000)}
    swapped = hmac_hex(KEY, join(flat(data)))
    assert explain(swapped, data).mistakes == ("key and text swapped",)
    assert explain(swapped, {**data, "empty": ""}).mistakes == ("key and text swapped",)


def test_the_keys_of_other_accounts_are_tried_on_a_large_body_too() -> None:
    data = {f"key_{number}": f"value {number}" for number in range(2000)}
    assert explain(hmac_hex(join(flat(data)), OTHER_KEYS["036870"]), data).mistakes == ("key of another account",)
    keys = {str(number): f"secret-key-{number}" for number in range(100)}
    body = parse(compact({**ENVELOPE, "data": data}).encode())
    found = explain_signature(SignedRequest(body, hmac_hex(join(flat(data)), "secret-key-99"), KEY, keys))
    assert found.mistakes == ("key of another account",)


def test_many_accounts_are_all_tried() -> None:
    keys = {str(number): f"secret-key-{number}" for number in range(1000)}
    body = parse(compact({**ENVELOPE, "data": DATA}).encode())
    found = explain_signature(SignedRequest(body, hmac_hex(RIGHT, "secret-key-999"), KEY, keys))
    assert found.sentence == "The secret key of another account was used (user 999)."
