"""What an explanation may cost: whatever the body holds, it ends soon, and says so where not all was tried."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

import pytest

from mockserver.explain.budget import AMPLE_UNITS, DEFAULT_UNITS, Budget
from mockserver.explain.search import search
from mockserver.explain.signature import Explanation, SignedRequest, explain_signature
from mockserver.explain.variants.joining import normalized
from mockserver.explain.variants.model import Message
from mockserver.explain.variants.signs import WantedDigests
from mockserver.gateway.errors import FieldMissing
from mockserver.gateway.example import documented_request
from mockserver.gateway.field_errors import find_field_errors
from mockserver.signing.php import parse
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from mockserver.texts import nearest_words

pytestmark = pytest.mark.slow

KEY = "a-secret-key-for-large-bodies"
SIZE = 1_000_000
RANDOM = hashlib.sha256(b"a sign that nothing explains").hexdigest()


def request(**data: Any) -> dict[str, Any]:
    """The documented request with more in its data, as it is read."""
    sent = documented_request("016683")
    sent["data"].update(data)
    envelope: dict[str, Any] = parse(json.dumps({**sent, "sign": RANDOM}, ensure_ascii=False).encode())
    return envelope


def explain(envelope: dict[str, Any], signature: str = RANDOM, budget: Budget | None = None) -> Explanation:
    return explain_signature(SignedRequest({**envelope, "sign": signature}, signature, KEY, {}), budget)


NASTY = {
    "letters": "x" * SIZE,
    "digits": "1" * SIZE,
    "card numbers": "4111 1111-" * (SIZE // 10),
    "spaces": " " * SIZE,
    "backslashes": "\\" * (SIZE // 2),
    "percent": "%41" * (SIZE // 3),
    "entities": "&not" * (SIZE // 4),
    "one entity of many digits": "&#" + "1" * SIZE,
    "an entity of many digits in a small body": "&#" + "1" * 5000,
    "Chinese": "分" * (SIZE // 3),
    "marks piled up on a letter": "e" + "\u0301\u0323" * (SIZE // 4),
    "marks piled up in a small body": "e" + "\u0301\u0323" * 400,
    "secret key": KEY * (SIZE // len(KEY)),
    "JSON in a text": json.dumps([1] * (SIZE // 4)),
    "list": [1] * (SIZE // 3),
    "empty objects": [{}] * (SIZE // 4),
    "deep lists": [json.loads("[" * 18 + "]" * 18)] * (SIZE // 37),
    "object": {f"k{number}": "v" for number in range(SIZE // 16)},
}


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY)
def test_the_explanation_of_a_nasty_body_ends_and_is_small(value: Any) -> None:
    budget = Budget()
    found = explain(request(demo=value), budget=budget)
    assert found.mistakes == ()
    assert len(json.dumps(found._asdict(), ensure_ascii=False)) < 40_000
    assert budget.left >= 0


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_marks_piled_up_as_in_no_language_are_left_as_they_are(form: Any) -> None:
    pile = "e" + "\u0301\u0323" * 20
    assert normalized(pile, form) == pile
    for ordinary in (
        "Cafe\u0301 \u1eb7 — 分账 … " * 50,
        "\u2014" * 100,
        "\U0001f600" * 100,
        "\u0915\u094d\u0937\u093f" * 100,
    ):
        assert normalized(ordinary, form) == unicodedata.normalize(form, ordinary)


def test_a_hundred_thousand_fields_end_too() -> None:
    found = explain(request(**{f"{number:x}": "v" for number in range(100_000)}))
    assert found.sentence.startswith("The body is too large")


def test_a_body_too_large_for_all_is_explained_honestly() -> None:
    found = explain(request(demo="x" * SIZE))
    assert (
        found.sentence
        == "The body is too large to try all known mistakes, and the likeliest do not explain this signature."
    )
    assert "yabandpay-mock explain" in found.cure
    assert any("only the likeliest mistakes were tried" in fact for fact in found.checked)
    found = explain(request(demo="x " * 1500))
    assert any("Only the likeliest pairs of them were tried" in fact for fact in found.checked)
    assert "not all pairs of mistakes were tried" in found.sentence
    assert "yabandpay-mock explain" in found.cure


def test_while_others_wait_fewer_pairs_are_tried_and_the_explanation_says_so() -> None:
    found = explain(request(), budget=Budget(for_small=DEFAULT_UNITS))
    assert "not all pairs of mistakes were tried" in found.sentence
    assert any("Only the likeliest pairs of them were tried" in fact for fact in found.checked)


def test_a_small_body_is_searched_completely() -> None:
    found = explain(request())
    assert found.sentence.startswith("No known mistake explains this signature")
    assert any("nor does a likely pair of them" in fact for fact in found.checked)


@pytest.mark.parametrize("size", [20_000, 200_000, SIZE])
def test_the_commonest_mistakes_are_found_in_a_body_of_any_size(size: int) -> None:
    envelope = request(demo="lorem ipsum " * (size // 12))
    parameters = signed_parameters(envelope)
    unsorted = "&".join(f"{name}={value}" for name, value in parameters.items())
    assert explain(envelope, sign(unsorted, KEY)).mistakes == ("keys unsorted",)
    right = sign(string_to_sign(parameters), KEY)
    assert explain(envelope, right.upper()).mistakes == ("upper-case hex",)


def test_who_waits_for_nothing_else_gets_more_tried() -> None:
    envelope = request(demo="lorem ipsum " * (SIZE // 12))
    ended = sign(string_to_sign(signed_parameters(envelope)) + "\n", KEY)
    assert explain(envelope, ended).mistakes == ()
    assert explain(envelope, ended, Budget(AMPLE_UNITS)).mistakes == ("line break at the end",)


def test_the_same_request_is_explained_alike_each_time() -> None:
    message = Message.of(request(demo="lorem ipsum " * 20_000), KEY, {})
    assert len({search(message, WantedDigests.by(RANDOM)).tried for _ in range(3)}) == 1


def test_the_search_pauses_often_and_ends_where_the_pause_says_so() -> None:
    pauses = 0

    def pause() -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain(request(), budget=Budget(pause=pause))
    assert pauses == 50


class TestWhatIsShown:
    def test_of_long_strings_the_part_around_the_first_difference_is_shown(self) -> None:
        envelope = request(demo="分" * 100_000)
        text = string_to_sign(signed_parameters(envelope))
        found = explain(envelope, sign(f"{text}\n", KEY), Budget(AMPLE_UNITS))
        assert found.mistakes == ("line break at the end",)
        assert found.first_difference == len(text.encode())
        at = found.first_difference - found.shown_from
        assert 0 < at < 2000
        assert text.encode()[found.shown_from :].decode() == found.sandbox_string
        assert found.client_string == f"{found.sandbox_string}\n"
        assert found.sandbox_string.encode()[:at] == found.client_string.encode()[:at]

    def test_short_strings_are_shown_whole(self) -> None:
        envelope = request()
        text = string_to_sign(signed_parameters(envelope))
        found = explain(envelope, sign(f"{text}\n", KEY))
        assert (found.sandbox_string, found.client_string, found.shown_from) == (text, f"{text}\n", 0)

    def test_long_names_are_shortened_in_sentences(self) -> None:
        name = "n" * 5_000
        envelope = request(**{name: "é"})
        left_out = {key: value for key, value in signed_parameters(envelope).items() if key != name}
        found = explain(envelope, sign(string_to_sign(left_out), KEY))
        assert found.mistakes == ("field left out",)
        assert "n" * 100 + "…" in found.sentence
        assert len(found.sentence) < 1000
        assert max(map(len, explain(envelope).checked)) < 1000


class TestSuggestions:
    def test_no_word_is_near_to_a_very_long_one(self) -> None:
        assert nearest_words("x" * 1_000_000, ["x" * 999_999]) == []
        assert nearest_words("x" * 150, ["x" * 149, "x" * 1_000_000]) == ["x" * 149]

    def test_only_so_many_words_are_compared(self) -> None:
        words = (f"word{number}" for number in range(1_000_000))
        assert nearest_words("word7", words) == ["word7"]
        assert next(words) == "word1000"

    def test_a_similar_name_is_found_among_the_first_of_many(self) -> None:
        sent = {"oder_id": "1", **{f"{number:x}": "v" for number in range(50_000)}}
        envelope = {"user": "1", "method": "v3.CreatePaymentsAlipayMiniPay", "data": sent}
        [culprit] = find_field_errors(FieldMissing("order_id"), envelope)
        assert culprit.hint == "You sent 'oder_id'; the name is order_id."
