"""Each known mistake is named, alone and with others, whichever of its variants a client chose."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest

from mockserver.explain.mistakes import MISTAKES, variants_at
from mockserver.explain.variants.model import Message, Stage
from mockserver.explain.variants.published_signs import PUBLISHED_SIGNS
from mockserver.signing.php import parse
from tests.explain.hand_signed import (
    DATA,
    ENVELOPE,
    ENVELOPE_SIGNED,
    ESCAPED,
    GSON,
    IN_HASH_MAP,
    KEY,
    OTHER_KEYS,
    PHP_JSON,
    RIGHT,
    SORTED_DATA,
    changed,
    compact,
    envelope_with_data,
    explain,
    flat,
    hash_hex,
    hmac_hex,
    join,
    unsorted,
    without,
)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


STRINGS: list[tuple[str, str]] = [
    ("sign included", join(flat(sign=""))),
    ("sign included", join(flat(sign="null"))),
    ("data included", join(flat(data="Array"))),
    ("data included", join(flat(data=compact(DATA)))),
    ("data included", join(flat(data="[object Object]"))),
    ("data nested", envelope_with_data(compact(DATA))),
    ("data nested", envelope_with_data(json.dumps(DATA, ensure_ascii=False))),
    ("data nested", envelope_with_data(compact(DATA, sort_keys=True))),
    ("data nested", envelope_with_data("Array")),
    ("data nested", envelope_with_data(str(DATA))),
    ("data nested", envelope_with_data("{" + ", ".join(f"{name}={value}" for name, value in DATA.items()) + "}")),
    ("envelope left out", join(DATA)),
    ("envelope left out", join(without("method"))),
    ("envelope left out", join(without("user", "time"))),
    ("field left out", join(without("notify_url"))),
    ("field left out", join(without("notify_url", "amount"))),
    ("field not sent", join(flat(redirect_url=""))),
    ("field not sent", join(flat(cancel_url="", ideal_email="", post_email=""))),
    ("field not sent", join(flat(os_type="null"))),
    ("JSON signed", compact(DATA)),
    ("JSON signed", compact({**{name: ENVELOPE[name] for name in ("user", "method", "time")}, "data": DATA})),
    ("JSON signed", PHP_JSON),
    ("JSON signed", json.dumps(DATA)),
    ("JSON signed", json.dumps(DATA, sort_keys=True)),
    ("secret among the parameters", join(flat(secret_key=KEY))),
    ("secret among the parameters", join(flat(key=KEY))),
    ("secret among the parameters", f"{RIGHT}&app_secret={KEY}"),
    ("keys unsorted", unsorted(flat())),
    ("keys unsorted", unsorted({**DATA, **flat()})),
    ("keys unsorted", unsorted({name: flat()[name] for name in IN_HASH_MAP})),
    ("keys sorted without case", unsorted(dict(sorted(flat().items(), key=lambda item: item[0].swapcase())))),
    ("sorted by value", unsorted(dict(sorted(flat().items(), key=lambda item: item[1], reverse=True)))),
    ("data nested", envelope_with_data(json.dumps(DATA, ensure_ascii=False, indent=2))),
    ("data nested", envelope_with_data(json.dumps(DATA, ensure_ascii=False, indent=4))),
    ("data nested", envelope_with_data(GSON)),
    ("data nested", join({**{f"data[{name}]": value for name, value in DATA.items()}, **ENVELOPE_SIGNED})),
    ("data nested", unsorted({**{f"data[{name}]": value for name, value in DATA.items()}, **ENVELOPE_SIGNED})),
    ("field not sent", join(flat(os_type="", ideal_email=""))),
    ("field not sent", join(flat(os_type="null", post_email="null", cancel_url="null"))),
    ("values URL-encoded", changed(lambda value: re.sub("%..", lambda one: one[0].lower(), quote_plus(value, safe="!*()")))),
    ("values URL-encoded", changed(lambda value: quote(quote(value, safe=""), safe=""))),
    ("time differs", join(flat(time="1546588959318"))),
    ("time differs", join(flat(time=str(1546588959 - 8 * 3600)))),
    ("time differs", join(flat(time=str(1546588959 + 19800)))),
    ("time differs", join(flat(time=str(1546588959 + 86400)))),
    ("keys unsorted", unsorted({"user": "016683", "time": "1546588959", "method": "v3.CreatePayments", **DATA})),
    ("only data sorted", f"user=016683&method=v3.CreatePayments&time=1546588959&{SORTED_DATA}"),
    ("only data sorted", f"{SORTED_DATA}&user=016683&method=v3.CreatePayments&time=1546588959"),
    ("keys sorted without case", unsorted(dict(sorted(flat().items(), key=lambda item: item[0].lower())))),
    ("sorted by value", unsorted(dict(sorted(flat().items(), key=lambda item: item[1])))),
    ("sorted backwards", unsorted(dict(sorted(flat().items(), reverse=True)))),
    ("sorted as numbers or naturally", unsorted(dict(sorted(flat().items(), key=lambda item: len(item[0]))))),
    ("values URL-encoded", urlencode(sorted(flat().items()))),
    ("values URL-encoded", urlencode(sorted(flat().items()), quote_via=quote)),
    ("values URL-encoded", changed(lambda value: quote(value, safe="!'()*"))),
    ("values URL-encoded", changed(lambda value: quote(value, safe=";,/?:@&=+$-_.!~*'()#"))),
    ("values URL-encoded", join(flat(notify_url=quote_plus(DATA["notify_url"])))),
    ("values URL-encoded", quote(RIGHT, safe="")),
    ("values HTML-escaped", changed(html.escape)),
    ("slashes escaped", changed(lambda value: value.replace("/", "\\/"))),
    ("non-ASCII escaped", changed(lambda value: ESCAPED.sub(lambda one: f"\\u{ord(one.group()):04x}", value))),
    ("values quoted", changed(lambda value: f'"{value}"')),
    ("numbers reformatted", join(flat(amount="24.9"))),
    ("numbers reformatted", join(flat(amount="2490"))),
    ("numbers reformatted", join(flat(amount="24,90"))),
    ("numbers reformatted", join(flat(amount="24"))),
    ("empty values half dropped", join(without("demo"))),
    ("empty values half dropped", join(without("timeout"))),
    ("values trimmed", changed(str.strip)),
    ("case of values changed", changed(str.lower)),
    ("case of values changed", changed(str.upper)),
    ("time differs", join(flat(time="1546588960"))),
    ("time differs", join(flat(time="1546588951"))),
    ("time differs", join(flat(time="1546588959000"))),
    ("time differs", join(flat(time="0"))),
    ("line break at the end", f"{RIGHT}\n"),
    ("line break at the end", f"{RIGHT}\r\n"),
    ("stray separator", f"{RIGHT}&"),
    ("stray separator", f"&{RIGHT}"),
    ("stray separator", f"?{RIGHT}"),
    ("other separator", "".join(f"{name}={value}" for name, value in sorted(flat().items()))),
    ("other separator", ",".join(f"{name}={value}" for name, value in sorted(flat().items()))),
    ("other separator", "&amp;".join(f"{name}={value}" for name, value in sorted(flat().items()))),
    ("names left out", "&".join(value for _, value in sorted(flat().items()))),
    ("equals sign left out", "&".join(f"{name}{value}" for name, value in sorted(flat().items()))),
    ("string in other case", RIGHT.lower()),
    ("string in other case", RIGHT.upper()),
    ("entity decoded", RIGHT.replace("&currency", "¤cy").replace("&notify_url", "¬ify_url")),
    ("other Unicode form", unicodedata.normalize("NFD", RIGHT)),
    ("secret appended", f"{RIGHT}&key={KEY}"),
    ("secret appended", RIGHT + KEY),
    ("names differ", join({camel(name): value for name, value in flat().items()})),
    ("names differ", join({camel(name) if name == "notify_url" else name: value for name, value in flat().items()})),
    ("names differ", join({"timestamp" if name == "time" else name: value for name, value in flat().items()})),
    ("method differs", join(flat(method="CreatePayments"))),
    ("method differs", join(flat(method="v3.createPayments"))),
    ("method differs", join(flat(method="v3.QueryOrder"))),
    ("parameter twice", f"{RIGHT}&user=016683&method=v3.CreatePayments&time=1546588959"),
    ("parameter twice", f"{RIGHT}&amount=24.90"),
    ("more than the parameters signed", f"https://mapi.yabandpay.com/Payments?{RIGHT}"),
    ("more than the parameters signed", f"POST\n/Payments\n{RIGHT}"),
    ("more than the parameters signed", f"{{{RIGHT}}}"),
    ("characters lost", changed(lambda value: value.replace("<", "").replace(">", ""))),
    ("values cut short", join(flat(notify_url=DATA["notify_url"][:30]))),
    ("null as text", join(flat(demo="null"))),
    ("field left out", join({name: ENVELOPE[name] for name in ("user", "method", "time")})),
    ("field not sent", join(flat(sign_type="MD5"))),
    ("numbers reformatted", join(flat(user="16683"))),
    ("equals sign left out", RIGHT.replace("&demo=", "&demo")),
]  # fmt: skip

SIGNS: list[tuple[str, str]] = [
    ("other character set", hmac_hex(RIGHT.encode("gbk", "replace"))),
    ("other character set", hmac_hex(RIGHT.encode("latin-1", "replace"))),
    ("other character set", hmac_hex(RIGHT.encode("ascii", "replace"))),
    ("other character set", hmac_hex(RIGHT.encode("utf-16-le"))),
    ("other character set", hmac_hex(RIGHT.encode().decode("latin-1").encode())),
    ("key with white space", hmac_hex(RIGHT, f"{KEY}\n")),
    ("key with white space", hmac_hex(RIGHT, f" {KEY}")),
    ("key with white space", hmac_hex(RIGHT, f"{KEY}\r\n")),
    ("key in quotes", hmac_hex(RIGHT, f'"{KEY}"')),
    ("key in other case", hmac_hex(RIGHT, KEY.lower())),
    ("key of another account", hmac_hex(RIGHT, OTHER_KEYS["036870"])),
    ("key decoded", hmac_hex(RIGHT, base64.b64encode(KEY.encode()))),
    ("key hashed", hmac_hex(RIGHT, hash_hex(KEY, "md5"))),
    ("key hashed", hmac_hex(RIGHT, hashlib.sha256(KEY.encode()).digest())),
    ("key cut", hmac_hex(RIGHT, KEY[:-1])),
    ("empty key", hmac_hex(RIGHT, "")),
    ("user as key", hmac_hex(RIGHT, "016683")),
    ("placeholder as key", hmac_hex(RIGHT, "your_secret_key")),
    ("key and text swapped", hmac_hex(KEY, RIGHT)),
    ("secret appended", hash_hex(f"{RIGHT}&key={KEY}")),
    ("secret appended", hash_hex(f"{RIGHT}{KEY}", "md5")),
    ("secret appended", hash_hex(f"{RIGHT}&secret_key={KEY}")),
    ("secret prepended", hash_hex(f"{KEY}{RIGHT}")),
    ("secret prepended", hash_hex(f"{KEY}{RIGHT}", "md5")),
    ("plain SHA-256", hash_hex(RIGHT)),
    ("plain MD5", hash_hex(RIGHT, "md5")),
    ("other hash", hmac_hex(RIGHT, name="md5")),
    ("other hash", hmac_hex(RIGHT, name="sha1")),
    ("other hash", hmac_hex(RIGHT, name="sha512")),
    ("other hash", hash_hex(RIGHT, "sha1")),
    ("other hash", hmac_hex(RIGHT, name="sha384")),
    ("other hash", hmac_hex(RIGHT, name="sha3_256")),
    ("hashed twice", hash_hex(hmac_hex(RIGHT))),
    ("hashed twice", hmac_hex(hash_hex(RIGHT, "md5"))),
    ("other character set", hmac_hex(RIGHT.encode("utf-16"))),
    ("other character set", hmac_hex(b"\xfe\xff" + RIGHT.encode("utf-16-be"))),
    ("other character set", hmac_hex(RIGHT.encode("latin-1", "ignore"))),
    ("other character set", hmac_hex(bytes(ord(letter) & 255 for letter in RIGHT))),
    ("upper-case hex", hmac_hex(RIGHT).upper()),
    ("separators in the sign", bytes.fromhex(hmac_hex(RIGHT)).hex("-")),
    ("separators in the sign", bytes.fromhex(hmac_hex(RIGHT)).hex(":")),
    ("separators in the sign", bytes.fromhex(hmac_hex(RIGHT)).hex(" ", 4)),
    ("quotes around the sign", f'"{hmac_hex(RIGHT)}"'),
    ("quotes around the sign", f"{{{hmac_hex(RIGHT)}}}"),
    ("sign encoded twice", hmac_hex(RIGHT).encode().hex()),
    ("sign as printed", repr(hmac_hex(RIGHT).encode())),
    ("sign as printed", repr(bytes.fromhex(hmac_hex(RIGHT)))),
    ("sign as printed", str(list(bytes.fromhex(hmac_hex(RIGHT))))),
    ("sign as printed", ",".join(str(byte - 256 if byte > 127 else byte) for byte in bytes.fromhex(hmac_hex(RIGHT)))),
    ("sign as printed", f"<Buffer {bytes.fromhex(hmac_hex(RIGHT)).hex(' ')}>"),
    ("sign as printed", json.dumps({"type": "Buffer", "data": list(bytes.fromhex(hmac_hex(RIGHT)))})),
    ("sign as printed", str(int(hmac_hex(RIGHT), 16))),
    ("sign as printed", bytes.fromhex(hmac_hex(RIGHT)).decode("latin-1")),
    ("sign as printed", bytes.fromhex(hmac_hex(RIGHT)).decode("utf-8", "replace")),
    ("sign as printed", "".join(f"{byte:02x}" if byte < 128 else f"ffffff{byte:02x}" for byte in bytes.fromhex(hmac_hex(RIGHT)))),
    ("sign as printed", base64.b32encode(bytes.fromhex(hmac_hex(RIGHT))).decode()),
    ("type sent as the sign", "[object Promise]"),
    ("type sent as the sign", "System.Byte[]"),
    ("type sent as the sign", "[B@6d06d69c"),
    ("type sent as the sign", "<hmac.HMAC object at 0x7f3b8c0d5a90>"),
    ("sign altered", hmac_hex(RIGHT)[:-1] + ("0" if hmac_hex(RIGHT)[-1] != "0" else "1")),
    ("sandbox's key", hmac_hex(RIGHT, "sandbox-secret-key")),
    ("key with white space", hmac_hex(RIGHT, f"\ufeff{KEY}")),
    ("key in quotes", hmac_hex(RIGHT, f"“{KEY}”")),
    ("key with more", hmac_hex(RIGHT, f"secret_key={KEY}")),
    ("key with more", hmac_hex(RIGHT, f"Bearer {KEY}")),
    ("key escaped", hmac_hex(RIGHT, KEY.replace("-", ""))),
    ("key cut", hmac_hex(RIGHT, KEY.partition("-")[0])),
    ("other character set", hmac_hex(len(RIGHT.encode()).to_bytes(2, "big") + RIGHT.encode())),
    ("base64", base64.b64encode(bytes.fromhex(hmac_hex(RIGHT))).decode()),
    ("base64", base64.urlsafe_b64encode(bytes.fromhex(hmac_hex(RIGHT))).decode().rstrip("=")),
    ("base64", base64.b64encode(hmac_hex(RIGHT).encode()).decode()),
    ("white space around the sign", hmac_hex(RIGHT) + "\n"),
    ("prefix before the sign", "sha256=" + hmac_hex(RIGHT)),
    ("prefix before the sign", "0x" + hmac_hex(RIGHT)),
    ("prefix before the sign", "HMAC-SHA256 " + hmac_hex(RIGHT)),
    ("prefix before the sign", "SHA2-256(stdin)= " + hmac_hex(RIGHT)),
    ("prefix before the sign", "(stdin)= " + hmac_hex(RIGHT)),
    ("sign cut short", hmac_hex(RIGHT)[:32]),
    ("sign cut short", hmac_hex(RIGHT)[:50]),
    ("sign cut short", hmac_hex(RIGHT)[1:]),
    ("sign cut short", "".join(f"{byte:x}" for byte in bytes.fromhex(hmac_hex(RIGHT)))),
    ("secret sent as the sign", KEY),
    ("documentation's sample", "1088cc688350732341ca3626ae4cf259b78d2b90b78768c67881f4c0189622ad"),
]  # fmt: skip
CASES = [(name, hmac_hex(text)) for name, text in STRINGS] + SIGNS


@pytest.mark.parametrize(("mistake", "sign"), CASES)
def test_a_mistake_is_named(mistake: str, sign: str) -> None:
    found = explain(sign, absent=("os_type", "cancel_url", "ideal_email", "post_email"))
    assert found.mistakes == (mistake,)
    assert found.sandbox_string in {RIGHT, join(without("demo", "timeout"))}
    assert KEY not in repr(found)


@pytest.mark.parametrize(("mistake", "text"), STRINGS)
def test_the_string_that_the_client_signed_is_shown_without_the_secret(mistake: str, text: str) -> None:
    found = explain(hmac_hex(text), absent=("os_type", "cancel_url", "ideal_email", "post_email"))
    assert found.client_string == text.replace(KEY, "***"), mistake


VALUES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("numbers reformatted", {"amount": 12.0}, {"amount": "12.0"}),
    ("numbers reformatted", {"amount": 1e-7}, {"amount": "1e-07"}),
    ("numbers reformatted", {"amount": 1e-7}, {"amount": "0.0000001"}),
    ("numbers reformatted", {"amount": 24.5}, {"amount": "24.50"}),
    ("numbers reformatted", {"amount": 1234.5}, {"amount": "1,234.50"}),
    ("numbers reformatted", {"amount": 24.5}, {"amount": "2450"}),
    ("numbers reformatted", {"amount": 12345678.5}, {"amount": "1.23456785E7"}),
    ("numbers reformatted", {"amount": 0.30000000000000004}, {"amount": "0.30000000000000004"}),
    ("booleans as text", {"a": True, "b": False}, {"a": "true", "b": "false"}),
    ("booleans as text", {"a": True, "b": False}, {"a": "True", "b": "False"}),
    ("booleans as text", {"a": True, "b": False}, {"a": "1", "b": "0"}),
    ("null as text", {"a": None}, {"a": "null"}),
    ("null as text", {"a": None}, {"a": "None"}),
    ("empty values half dropped", {"a": None, "b": "0"}, {"b": "0"}),
    ("nested value as text", {"receivers": [{"mid": 111}]}, {"receivers": "Array"}),
    ("nested value as text", {"receivers": [{"mid": 111}]}, {"receivers": "[object Object]"}),
    ("nested value as text", {"receivers": [{"mid": 111, "b": "c/d"}]}, {"receivers": "[{'mid': 111, 'b': 'c/d'}]"}),
    ("nested value as text", {"receivers": [{"mid": 111, "b": "c/d"}]}, {"receivers": '[{"mid": 111, "b": "c/d"}]'}),
    ("slashes escaped", {"receivers": [{"mid": 111, "b": "c/d"}]}, {"receivers": '[{"mid":111,"b":"c\\/d"}]'}),
    ("nested value as text", {"receivers": [{"mid": 111, "b": "c/d"}]}, {"receivers": '[{"b":"c/d","mid":111}]'}),
    ("nested value as text", {"receivers": [{"mid": 111, "b": "c"}]}, {"receivers": "[{mid=111, b=c}]"}),
    ("nested value as text", {"receivers": '[{"mid":111,"b":"分账"}]'}, {"receivers": '[{"mid": 111, "b": "分账"}]'}),
    ("nested value as text", {"3ds": {"mid": 111}}, {"3ds[mid]": "111"}),
    ("numbers reformatted", {"amount": 12500000.5}, {"amount": "1.25000005e+07"}),
    ("null as text", {"a": None}, {"a": "<nil>"}),
    ("nested value as text", {"d": [{"m": 1, "b": "x"}]}, {"d": "[{'m' => 1}]".replace("'m' => 1", '"m" => 1, "b" => "x"')}),
    ("nested value as text", {"d": [{"m": 1, "b": "x"}]}, {"d": "[ { m: 1, b: 'x' } ]"}),
    ("nested value as text", {"d": {"b": "x", "m": 1}}, {"d": "map[b:x m:1]"}),
    ("nested value as text", {"d": {"m": 1, "b": "é"}}, {"d": 'a:2:{s:1:"m";i:1;s:1:"b";s:2:"é";}'}),
    ("nested value as text", {"d": {"m": 1, "b": [None]}}, {"d": "Array\n(\n    [m] => 1\n    [b] => Array\n        (\n            [0] => \n        )\n\n)\n"}),
    ("nested value as text", {"d": {"m": 1, "b": ["it's"]}}, {"d": "array (\n  'm' => 1,\n  'b' => \n  array (\n    0 => 'it\\'s',\n  ),\n)"}),
    ("nested value as text", {"d": [{"m": 1, "b": []}]}, {"d": json.dumps([{"m": 1, "b": []}], indent=4)}),
    ("nested value as text", {"d": {"a": "<&>"}}, {"d": '{"a":"\\u003c\\u0026\\u003e"}'}),
    ("line ends changed", {"a": "x\r\ny"}, {"a": "x\ny"}),
    ("line ends changed", {"a": "x\ny"}, {"a": "x<br />\ny"}),
    ("quotes escaped", {"a": "it's \"x\""}, {"a": "it\\'s \\\"x\\\""}),
    ("quotes escaped", {"a": "it's"}, {"a": "it''s"}),
    ("characters lost", {"a": "x<b>y</b> 2<3"}, {"a": "xy 2"}),
    ("characters lost", {"a": "Grüße"}, {"a": "Gruesse"}),
    ("numbers reformatted", {"a": "20251127000123456789"}, {"a": "20251127000123458000"}),
    ("numbers reformatted", {"a": "20251127000123456789"}, {"a": "2.0251127000123E+19"}),
    ("numbers reformatted", {"a": "0042", "b": "0043"}, {"a": "42", "b": "0043"}),
    ("string as a format", {"a": "50%% off"}, {"a": "50% off"}),
    ("values URL-decoded", {"a": "x%20y+z"}, {"a": "x y z"}),
    ("other Unicode form", {"a": "e\u0301"}, {"a": "\u00e9"}),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "sent", "signed"), VALUES)
def test_a_mistake_in_the_text_of_a_value_is_named(mistake: str, sent: dict[str, Any], signed: dict[str, Any]) -> None:
    found = explain(hmac_hex(join(flat(signed))), sent)
    assert found.mistakes == (mistake,)
    assert found.client_string == join(flat(signed))


@pytest.mark.parametrize(
    ("true", "null", "nested"),
    [
        ("True", "None", "[{'mid': 1}]"),
        ("true", "null", "[object Object]"),
        ("true", "null", '[{"mid":1}]'),
        ("true", "null", "[{mid=1}]"),
    ],
)
def test_what_a_language_makes_of_several_kinds_of_values_is_found(true: str, null: str, nested: str) -> None:
    text = join(flat({"amount": "12.5", "a": true, "b": null, "c": nested}))
    found = explain(hmac_hex(text), {"amount": 12.5, "a": True, "b": None, "c": [{"mid": 1}]})
    expected = {"booleans as text", "null as text", "nested value as text"}
    assert set(found.mistakes) == (expected if nested != '[{"mid":1}]' else expected - {"nested value as text"})
    assert found.client_string == text


def test_what_http_build_query_does_besides_encoding_is_found() -> None:
    text = "a=1&b=0&d%5Bx%5D=y+z&d%5Ba%5D=%7E&method=v3.CreatePayments&time=1546588959&user=016683"
    found = explain(hmac_hex(text), {"a": True, "b": False, "c": None, "d": {"x": "y z", "a": "~"}})
    assert found.mistakes == (
        "empty values half dropped",
        "booleans as text",
        "nested value as text",
        "values URL-encoded",
    )
    assert found.client_string == text


def test_joined_pairs_that_were_sorted_are_named() -> None:
    sent = {"item": "1", "item2": "2"}
    found = explain(hmac_hex("&".join(sorted(f"{name}={value}" for name, value in flat(sent).items()))), sent)
    assert found.mistakes == ("sorted after joining",)


PAIRS: list[tuple[set[str], str]] = [
    ({"keys unsorted", "values URL-encoded"}, hmac_hex(urlencode(flat()))),
    ({"keys unsorted", "upper-case hex"}, hmac_hex(unsorted(flat())).upper()),
    ({"keys unsorted", "slashes escaped"}, hmac_hex(unsorted(flat()).replace("/", "\\/"))),
    ({"keys unsorted", "sign included"}, hmac_hex(unsorted({"user": "016683", "sign": "", **flat()}))),
    ({"keys unsorted", "field left out"}, hmac_hex(unsorted(without("notify_url")))),
    ({"keys unsorted", "time differs"}, hmac_hex(unsorted(flat(time="1546588960")))),
    ({"keys unsorted", "plain SHA-256"}, hash_hex(unsorted(flat()))),
    ({"keys unsorted", "secret appended"}, hash_hex(f"{unsorted(flat())}&key={KEY}", "md5")),
    ({"keys unsorted", "key of another account"}, hmac_hex(unsorted(flat()), OTHER_KEYS["011844"])),
    ({"data nested", "key with white space"}, hmac_hex(envelope_with_data(compact(DATA)), f"{KEY}\n")),
    ({"data included", "sign included"}, hmac_hex(join(flat(sign="", data="Array")))),
    ({"secret appended", "upper-case hex"}, hash_hex(f"{RIGHT}&key={KEY}", "md5").upper()),
    ({"secret appended", "values URL-encoded"}, hash_hex(urlencode(sorted(flat().items())) + KEY)),
    ({"slashes escaped", "non-ASCII escaped"}, hmac_hex(changed(lambda value: json.dumps(value).replace("/", "\\/")[1:-1]))),
    ({"values URL-encoded", "key with white space"}, hmac_hex(urlencode(sorted(flat().items())), f"{KEY}\n")),
    ({"values URL-encoded", "base64"}, base64.b64encode(bytes.fromhex(hmac_hex(urlencode(sorted(flat().items()))))).decode()),
    ({"only data sorted", "line break at the end"}, hmac_hex(f"user=016683&method=v3.CreatePayments&time=1546588959&{SORTED_DATA}\n")),
    ({"empty values half dropped", "keys unsorted"}, hmac_hex(unsorted(without("demo")))),
    ({"equals sign left out", "other separator"}, hmac_hex("".join(f"{name}{value}" for name, value in sorted(flat().items())))),
    ({"white space around the sign", "upper-case hex"}, hmac_hex(RIGHT).upper() + "\n"),
    ({"values URL-encoded", "keys unsorted", "upper-case hex"}, hmac_hex(urlencode(flat())).upper()),
    ({"other hash", "secret appended"}, hash_hex((RIGHT + KEY), "sha1")),
    ({"keys unsorted", "sign cut short"}, hmac_hex(unsorted(flat()))[:32]),
    ({"keys unsorted", "sign cut short", "upper-case hex"}, hmac_hex(unsorted(flat()))[:40].upper()),
    ({"keys unsorted", "time differs"}, hmac_hex(unsorted(flat(time="1546588959318")))),
    ({"data nested", "values URL-encoded"}, hmac_hex(urlencode({"data": compact(DATA), **ENVELOPE_SIGNED}))),
    ({"data nested", "values URL-encoded"}, hmac_hex(urlencode({**{f"data[{name}]": value for name, value in DATA.items()}, **ENVELOPE_SIGNED}))),
    ({"data nested", "non-ASCII escaped"}, hmac_hex(envelope_with_data(json.dumps(DATA)))),
    ({"data nested", "slashes escaped", "non-ASCII escaped", "base64"}, base64.b64encode(bytes.fromhex(hmac_hex(envelope_with_data(PHP_JSON)))).decode()),
    ({"keys unsorted", "values URL-encoded", "secret appended"}, hash_hex(f"{urlencode(flat())}&key={KEY}")),
    ({"keys unsorted", "values URL-encoded", "secret appended", "upper-case hex"}, hash_hex(f"{urlencode(flat())}&key={KEY}", "md5").upper()),
    ({"keys unsorted", "values URL-encoded", "key with white space"}, hmac_hex(urlencode(flat()), f"{KEY}\n")),
    ({"keys unsorted", "secret appended"}, hmac_hex(f"{unsorted(flat())}&key={KEY}")),
    ({"slashes escaped", "key in quotes"}, hmac_hex(RIGHT.replace("/", "\\/"), f'"{KEY}"')),
    ({"names left out", "other separator", "plain MD5"}, hash_hex("".join(value for _, value in sorted(flat().items())), "md5")),
    ({"sorted backwards", "other hash"}, hmac_hex(unsorted(dict(sorted(flat().items(), reverse=True))), name="sha512")),
    ({"secret prepended", "secret appended"}, hash_hex(f"{KEY}{RIGHT}{KEY}", "md5")),
    ({"names left out", "other separator"}, hmac_hex("".join(value for _, value in sorted(flat().items())))),
    ({"keys unsorted", "names left out", "other separator"}, hmac_hex("".join(flat().values()))),
    ({"keys unsorted", "sign included", "plain SHA-256"}, hash_hex(unsorted({"user": "016683", "sign": "", **flat()}))),
]  # fmt: skip


@pytest.mark.parametrize(("mistakes", "sign"), PAIRS)
def test_two_mistakes_are_both_named(mistakes: set[str], sign: str) -> None:
    found = explain(sign)
    assert set(found.mistakes) == mistakes
    assert found.sentence.count(", and ") >= len(mistakes) - 1
    assert KEY not in repr(found)


def test_every_mistake_has_a_case() -> None:
    tested = {name for name, _ in CASES} | {name for name, _, _ in VALUES} | {"sorted after joining"}
    assert tested == {mistake.name for mistake in MISTAKES}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_described_in_whole_sentences(mistake: Any) -> None:
    assert re.fullmatch(r"(The|A) [^.!?]*(HMAC-SHA256)?[^.!?]*\.", mistake.sentence)
    assert re.match(r"[A-Z]", mistake.cure)
    assert mistake.cure.endswith(".")


def test_every_variant_makes_known_mistakes() -> None:
    sent = {**DATA, "a": True, "b": False, "c": None, "d": {"x": "/é", "y": [1.5]}, "e": [], "amount": 1.5}
    message = Message.of(parse(compact({**ENVELOPE, "data": sent}).encode()), KEY, OTHER_KEYS, ("os_type",))
    made = {name for stage in Stage for variant in variants_at(stage, message) for name in variant.mistakes}
    assert made == {mistake.name for mistake in MISTAKES if mistake.variants}


def test_the_names_are_unique() -> None:
    names = [mistake.name for mistake in MISTAKES]
    assert len(names) == len(set(names))


def test_the_samples_are_those_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\b[0-9a-f]{40,64}\b", page)) == PUBLISHED_SIGNS
