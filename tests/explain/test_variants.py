"""Variants of the known mistakes that the languages have beside the usual ones, each found by itself or with its like."""

from __future__ import annotations

import base64
import json
import unicodedata
from typing import Any

import pytest

from mockserver.explain.signature import Explanation, SignedRequest, explain_signature
from mockserver.signing.php import parse
from tests.explain.hand_signed import KEY, compact, hash_hex, hmac_hex, join, unsorted

ENVELOPE: dict[str, Any] = {"user": "016683", "method": "v3.CreatePayments", "time": 1733000118}
ABSENT = ("cancel_url", "demo", "ideal_email", "os_type", "post_email")


def explain(sign: str, data: dict[str, Any], time: int | str = 1733000118) -> Explanation:
    body = compact({**ENVELOPE, "time": time, "sign": sign, "data": data}).encode()
    return explain_signature(SignedRequest(parse(body), sign, KEY, {}, ABSENT))


def named(text: str, data: dict[str, Any]) -> set[str]:
    found = explain(hmac_hex(text), data)
    assert not found.mistakes or found.client_string == text
    return set(found.mistakes)


DESCRIPTION = "½ ﬁn “Café” & Söhne's 7\" <分账>/`=+:!*() ~"


def described(text: str) -> str:
    return join({**ENVELOPE, "description": text})


@pytest.mark.parametrize(
    ("mistake", "signed"),
    [
        ("other Unicode form", unicodedata.normalize("NFKC", DESCRIPTION)),
        ("other Unicode form", unicodedata.normalize("NFKD", DESCRIPTION)),
        ("other Unicode form", DESCRIPTION.replace("é", "e").replace("ö", "o")),
        ("values URL-encoded", "%BD%20%uFB01n%20%u201CCaf%E9%u201D%20%26%20S%F6hne%27s%207%22%20%3C%u5206%u8D26%3E/%60%3D+%3A%21*%28%29%20%7E"),
        ("values URL-encoded", "%C2%BD%20%EF%AC%81n%20%E2%80%9CCaf%C3%A9%E2%80%9D%20%26%20S%C3%B6hne%27s%207%22%20%3C%E5%88%86%E8%B4%A6%3E%2F%60%3D%2B%3A%21*%28%29%20%7E"),
        ("values URL-encoded", "%C2%BD+%EF%AC%81n+%E2%80%9CCaf%C3%A9%E2%80%9D+%26+S%C3%B6hne%27s+7%22+%3C%E5%88%86%E8%B4%A6%3E%2F%60%3D%2B%3A!*()+%7E"),
        ("values URL-encoded", "%C2%BD+%EF%AC%81n+%E2%80%9CCaf%C3%A9%E2%80%9D+%26+S%C3%B6hne's+7%22+%3C%E5%88%86%E8%B4%A6%3E%2F%60%3D%2B:!*()+~"),
        ("values URL-encoded", "%C2%BD%20%EF%AC%81n%20%E2%80%9CCaf%C3%A9%E2%80%9D%20&%20S%C3%B6hne%27s%207%22%20%3C%E5%88%86%E8%B4%A6%3E%2F%60=+:%21%2A%28%29%20~"),
        ("values HTML-escaped", "&frac12; ﬁn &ldquo;Caf&eacute;&rdquo; &amp; S&ouml;hne&#039;s 7&quot; &lt;分账&gt;/`=+:!*() ~"),
        ("values HTML-escaped", "&frac12; ﬁn &ldquo;Caf&eacute;&rdquo; &amp; S&ouml;hne's 7&quot; &lt;分账&gt;/`=+:!*() ~"),
        ("values HTML-escaped", "&frac12; ﬁn &ldquo;Caf&eacute;&rdquo; &amp; S&ouml;hne&#39;s 7&quot; &lt;分账&gt;/`=+:!*() ~"),
        ("values HTML-escaped", "½ ﬁn “Café” &amp; Söhne&#39;s 7&quot; &lt;分账&gt;/`=+:!*() ~"),
        ("values HTML-escaped", "½ ﬁn “Café” &amp; Söhne&#39;s 7&#34; &lt;分账&gt;/`=+:!*() ~"),
        ("values HTML-escaped", "½ ﬁn “Café” &amp; Söhne&apos;s 7&quot; &lt;分账&gt;/`=+:!*() ~"),
        ("values HTML-escaped", "½ ﬁn “Café” &amp; Söhne&#x27;s 7&quot; &lt;分账&gt;&#x2F;&#96;=+:!*() ~"),
        ("values HTML-escaped", "½ ﬁn “Café” &amp; Söhne&#39;s 7&quot; &lt;分账&gt;&#x2F;&#x60;&#x3D;+:!*() ~"),
        ("values HTML-escaped", "½ ﬁn “Café” &amp; Söhne&#x27;s 7&quot; &lt;分账&gt;/&#x60;&#x3D;+:!*() ~"),
        ("values HTML-escaped", "&#189; ﬁn “Caf&#233;” &amp; S&#246;hne&#39;s 7&quot; &lt;分账&gt;/`=+:!*() ~"),
        ("values HTML-escaped", DESCRIPTION.replace("&", "&amp;")),
    ],
)  # fmt: skip
def test_a_text_changed_as_a_language_does_is_explained(mistake: str, signed: str) -> None:
    assert named(described(signed), {"description": DESCRIPTION}) == {mistake}


@pytest.mark.parametrize("signed", ["wechat pay", "Wechat pay", "Wechat Pay", "WECHAT PAY"])
def test_one_value_in_another_case_is_explained(signed: str) -> None:
    data = {"sub_pay_method": "WeChat Pay", "description": "Thermos Cup XL"}
    assert named(join({**ENVELOPE, **data, "sub_pay_method": signed}), data) == {"case of values changed"}


@pytest.mark.parametrize(
    "signed",
    [
        "2024-11-30 20:55:18", "2024-12-01 04:55:18", "2024-11-30 21:55:18", "20241130205518", "20241201045518", "2024-11-30",
        "2024-11-30T20:55:18Z", "2024-11-30T20:55:18.000Z", "2024-11-30T20:55:18+00:00", "2024-12-01T04:55:18+08:00",
        "2024-11-30T21:55:18+01:00", "2024-11-30 20:55:18+00:00", "2024-11-30 20:55:18 UTC", "2024-11-30 20:55:18 +0000 UTC",
        "Sat, 30 Nov 2024 20:55:18 GMT", "Sat Nov 30 20:55:18 UTC 2024", "11/30/2024 20:55:18", "2024/11/30 20:55:18",
        "Sat Nov 30 2024 20:55:18 GMT+0000 (Coordinated Universal Time)",
    ],
)  # fmt: skip
def test_a_date_in_place_of_the_time_is_explained(signed: str) -> None:
    data = {"trade_id": "2eb629a8"}
    assert named(join({**ENVELOPE, **data, "time": signed}), data) == {"time differs"}
    assert named(unsorted({**ENVELOPE, **data, "time": signed}), data) == {"time differs", "keys unsorted"}


def test_a_date_with_the_milliseconds_that_were_sent_is_explained() -> None:
    text = join({**ENVELOPE, "trade_id": "2eb629a8", "time": "2024-11-30T20:55:18.318Z"})
    assert explain(hmac_hex(text), {"trade_id": "2eb629a8"}, 1733000118318).mistakes == ("time differs",)


@pytest.mark.parametrize("time", ["", "0", "12", "9999999999", "9999999999999", "99999999999", "soon"])
def test_a_time_that_is_no_date_is_bounded(time: str) -> None:
    assert explain("ab" * 32, {}, time).mistakes == ()


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({**ENVELOPE, "data": {"a": "1"}}, indent=2),
        json.dumps({**ENVELOPE, "a": "1"}, indent=4),
        json.dumps(dict(sorted({**ENVELOPE, "a": "1"}.items())), indent=2),
        compact({**ENVELOPE, "a": "1"}, sort_keys=True),
        str({**ENVELOPE, "data": {"a": "1"}}),
    ],
)
def test_what_is_signed_as_a_text_is_explained(text: str) -> None:
    assert named(text, {"a": "1"}) == {"JSON signed"}


@pytest.mark.parametrize(
    ("mistakes", "text"),
    [
        ({"values quoted", "other separator"}, 'a="1", method="v3.CreatePayments", time="1733000118", user="016683"'),
        ({"values quoted", "other separator"}, "a='1',method='v3.CreatePayments',time='1733000118',user='016683'"),
        (
            {"equals sign left out", "other separator"},
            "a: 1\nmethod: v3.CreatePayments\ntime: 1733000118\nuser: 016683",
        ),
        ({"names left out", "other separator"}, "1v3.CreatePayments1733000118016683"),
        ({"names left out"}, "1&v3.CreatePayments&1733000118&016683"),
    ],
)
def test_other_marks_are_explained(mistakes: set[str], text: str) -> None:
    assert named(text, {"a": "1"}) == mistakes


@pytest.mark.parametrize("text", ["", "null", "None", "undefined"])
def test_several_fields_signed_without_being_sent_are_explained(text: str) -> None:
    signed = join({**ENVELOPE, "a": "1", "demo": text, "cancel_url": text})
    assert named(signed, {"a": "1"}) == {"field not sent"}


EMPTIES: dict[str, Any] = {"text": "", "null": None, "false": False, "zero": 0, "list": [], "object": {}}
EMPTY_TEXTS = {"text": "", "null": "", "false": "", "zero": "0", "list": "[]", "object": "{}"}


@pytest.mark.parametrize(
    "dropped",
    [["null", "list", "object"], ["text", "null", "list", "object"], ["text", "false", "null", "zero"], ["list"], ["zero"]],
)  # fmt: skip
def test_any_choice_of_empties_is_explained(dropped: list[str]) -> None:
    kept = {name: text for name, text in EMPTY_TEXTS.items() if name not in dropped}
    assert named(join({**ENVELOPE, **kept}), EMPTIES) == {"empty values half dropped"}


def test_a_decoded_query_is_explained() -> None:
    data = {"receivers": [{"mid": 1, "amount": 2}], "a": "x y"}
    text = "a=x y&method=v3.CreatePayments&receivers[0][mid]=1&receivers[0][amount]=2&time=1733000118&user=016683"
    assert named(text, data) == {"nested value as text"}
    text = "user=016683&method=v3.CreatePayments&time=1733000118&receivers[0][mid]=1&receivers[0][amount]=2&a=x y"
    assert named(text, data) == {"nested value as text", "keys unsorted"}


@pytest.mark.parametrize(
    ("mistakes", "signed"),
    [
        ({"values quoted", "null as text"}, {"a": "'x\\'y'", "b": "NULL", "c": "2"}),
        ({"values quoted", "null as text"}, {"a": '"x\'y"', "b": "None", "c": "2"}),
        ({"values quoted", "null as text"}, {"a": '"x\'y"', "b": "null", "c": "2"}),
        ({"values quoted", "null as text"}, {"a": '"x\'y"', "b": "nil", "c": "2"}),
    ],
)
def test_values_as_they_stand_in_a_program_are_explained(mistakes: set[str], signed: dict[str, str]) -> None:
    quote = signed["a"][0] if signed["b"] != "None" else "'"
    outer = {"user": f"{quote}016683{quote}", "method": f"{quote}v3.CreatePayments{quote}", "time": "1733000118"}
    assert named(join({**outer, **signed}), {"a": "x'y", "b": None, "c": 2}) == mistakes


def test_data_beside_its_own_keys_as_a_language_writes_both_is_explained() -> None:
    data = {"a": "x", "is_company": True}
    assert named(join({**ENVELOPE, **data, "data": data}), data) == {"data included", "booleans as text"}


@pytest.mark.parametrize(
    ("mistakes", "sign"),
    [
        ({"prefix before the sign"}, f"Bearer {KEY}"),
        ({"prefix before the sign"}, f"sign={KEY}"),
        ({"base64"}, base64.b64encode(KEY.encode()).decode()),
        ({"base64", "prefix before the sign"}, "Basic " + base64.b64encode(KEY.encode()).decode()),
        (set(), f" {KEY}\n"),
    ],
)
def test_the_secret_sent_as_the_sign_is_seen_in_any_form(mistakes: set[str], sign: str) -> None:
    found = explain(sign, {"a": "1"})
    assert set(found.mistakes) == {"secret sent as the sign", *mistakes}
    assert KEY not in repr(found)


@pytest.mark.parametrize("sign", ["x" + KEY, KEY + "x", KEY[:-1], "Bearer "])
def test_what_is_not_quite_the_secret_is_not_called_so(sign: str) -> None:
    assert explain(sign, {"a": "1"}).mistakes == ()


TEXTS = {"description": "Größe 42/43 <Zoë>", "amount": "12.50", "email": " a@b.example "}


@pytest.mark.parametrize(
    ("mistakes", "sign"),
    [
        ({"values trimmed", "key with white space"}, hmac_hex(join({**ENVELOPE, **TEXTS, "email": "a@b.example"}), f"{KEY}\r\n")),
        ({"keys unsorted", "values HTML-escaped"}, hmac_hex(unsorted({**ENVELOPE, **TEXTS, "description": "Gr&ouml;&szlig;e 42/43 &lt;Zo&euml;&gt;"}))),
        ({"values URL-encoded", "key hashed"}, hmac_hex(join({**ENVELOPE, "description": "Gr%C3%B6%C3%9Fe+42%2F43+%3CZo%C3%AB%3E", "amount": "12.50", "email": "+a%40b.example+"}), hash_hex(KEY, "sha1"))),
        ({"other character set", "secret appended"}, hash_hex(f"{join({**ENVELOPE, **TEXTS})}&key=".encode().decode("latin-1").encode() + KEY.encode(), "md5")),
        ({"sorted backwards", "values URL-encoded"}, hmac_hex("user=016683&time=1733000118&method=v3.CreatePayments&email=%20a%40b.example%20&description=Gr%C3%B6%C3%9Fe%2042%2F43%20%3CZo%C3%AB%3E&amount=12.50")),
        ({"data nested", "key with white space"}, hmac_hex(join({**ENVELOPE, "data": TEXTS}), f" {KEY}")),
        ({"keys unsorted", "key with white space"}, hmac_hex(unsorted({**ENVELOPE, **TEXTS}), f"{KEY}\r\n")),
        ({"keys unsorted", "other separator"}, hmac_hex(unsorted({**ENVELOPE, **TEXTS}).replace("&", ""))),
        ({"keys unsorted", "stray separator", "upper-case hex"}, hmac_hex(unsorted({**ENVELOPE, **TEXTS}) + "&").upper()),
    ],
)  # fmt: skip
def test_likely_pairs_are_explained(mistakes: set[str], sign: str) -> None:
    found = explain(sign, TEXTS)
    assert set(found.mistakes) == mistakes
    assert KEY not in repr(found)
