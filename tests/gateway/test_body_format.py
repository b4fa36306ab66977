"""A body that is no JSON object is recognized: the reason says what it is and what to send."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest

from mockserver.domain.accounts import ANONYMOUS
from mockserver.gateway.request import Request
from tests.helpers import SECRET_KEY, last_exchange, signed

if TYPE_CHECKING:
    from mockserver.app import Application

BODY = signed(description="café 茶")
TEXT = BODY.decode()
ACCENTED = signed(description="café").decode()
CHINESE = signed(description="茶叶").decode()
FORM = urlencode({"user": "016683", "data[order_id]": "7", "key": SECRET_KEY})
RAW_DEFLATE = zlib.compressobj(wbits=-15)
KINDS = {
    "empty": (b"", "The body is empty."),
    "white space": (b" \r\n", "only white space"),
    "gzip": (gzip.compress(BODY), "compressed with gzip"),
    "zlib": (zlib.compress(BODY), "compressed with deflate"),
    "deflate": (RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush(), "compressed with deflate"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "compressed with zstd"),
    "BOM": (b"\xef\xbb\xbf" + BODY, "byte order mark"),
    "UTF-16 with BOM": (TEXT.encode("utf-16"), "in UTF-16"),
    "UTF-16 big-endian": (TEXT.encode("utf-16-be"), "in UTF-16"),
    "UTF-16 little-endian": (TEXT.encode("utf-16-le"), "in UTF-16"),
    "UTF-32": (TEXT.encode("utf-32-le"), "in UTF-32"),
    "Latin-1": (ACCENTED.encode("latin-1"), "probably in ISO-8859-1 (Latin-1)"),
    "GBK": (CHINESE.encode("gbk"), "probably in GBK"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00", "is binary"),
    "form": (FORM.encode(), "is a form (application/x-www-form-urlencoded)"),
    "JSON in a field": (f"json={quote(TEXT, safe='')}".encode(), "a form with the JSON in one field"),
    "multipart": (b'--X\r\nContent-Disposition: form-data; name="user"\r\n\r\n1\r\n--X--', "multipart form"),
    "percent-encoded": (quote(TEXT, safe="").encode(), "percent-encoded, as urlencode makes it"),
    "percent-encoded twice": (quote(quote(TEXT, safe=""), safe="").encode(), "percent-encoded, more than once"),
    "encoded twice": (json.dumps(TEXT).encode(), "was encoded twice"),
    "base64": (base64.b64encode(BODY), "encoded in base64"),
    "base64 as JSON text": (json.dumps(base64.b64encode(BODY).decode()).encode(), "encoded in base64"),
    "a text": (b'"paid"', "is a JSON text, not an object"),
    "a number": (b"7", "is a JSON number"),
    "null": (b"null", "is a JSON number, true, false or null"),
    "an array": (b"[" + BODY + b"]", "without [ and ] around it"),
    "XML": (b"<?xml version='1.0'?><xml><user>1</user></xml>", "is XML"),
    "XML without a head": (b"<xml><user>1</user></xml>", "is XML"),
    "HTML": (b"<!DOCTYPE html><html></html>", "is HTML"),
    "Python": (str(json.loads(BODY)).encode(), "single quotes, as Python's text of a dict"),
    "Python inside": (TEXT.replace('"CNY"', "'EUR'").replace('"EUR"', "'EUR'").encode(), "single quotes"),
    "JavaScript": (b"[object Object]", "JavaScript's text of an object"),
    "undefined": (b"undefined", "an empty or unwritten value"),
    "PHP's serialize": (b'a:2:{s:4:"user";s:6:"016683";}', "PHP's serialize()"),
    "PHP's print_r": (b"Array\n(\n    [user] => 016683\n)", "PHP's text of an array"),
    "Ruby": (b'{"user"=>"016683"}', "Ruby's text of a hash"),
    "Java": (b"{user=016683, method=v3.QueryOrder}", "Java's text of a map"),
    "names without quotes": (b"{user:016683,method:v3.QueryOrder}", "names have no quotes"),
    "quoted for a shell": (b"'" + BODY + b"'", "single quotes around it"),
    "escaped for a shell": (TEXT.replace('"', '\\"').encode(), "escaped with backslashes"),
    "typographic quotes": ("{“user”: “016683”}".encode(), "typographic quotes"),
    "a file's name": (b"@order.json", "name of a file"),
    "a template": (b"{{body}}", "variable was not filled in"),
    "chunks": (b"1a4\r\n" + BODY + b"\r\n0\r\n\r\n", "has chunk sizes in it"),
    "a whole request": (b"POST /Payments HTTP/1.1\r\n\r\n" + BODY, "whole HTTP request"),
    "YAML": (b"user: '016683'\nmethod: v3.QueryOrder\n", "is YAML or plain text"),
    "a trailing comma": (BODY[:-1] + b",}", "a comma too many"),
    "a comment": (b"{ // the order\n" + BODY[1:], "has a comment"),
    "NaN": (b'{"amount": NaN}', "A number is NaN"),
    "a word of Python": (b'{"demo": None}', "a word of a language"),
    "a leading zero": (b'{"user": 016683}', "A number begins with 0"),
    "a line break": (b'{"description": "a\nb"}', "A text has a line break"),
    "two objects": (BODY + b"\n" + BODY, "more text after the JSON object"),
    "cut, with other letters": (BODY[:-5], "Count Content-Length in bytes"),
    "cut": (ACCENTED.replace("é", "e").encode()[:-5], "Send it whole"),
    "other text": (b"hello there", "other text"),
}


@pytest.mark.parametrize(("body", "says"), KINDS.values(), ids=KINDS)
def test_the_reason_says_what_the_body_is(app: Application, body: bytes, says: str) -> None:
    answered = json.loads(app.gateway.answer(Request("POST", body)).body)
    assert (answered["code"], answered["message"]) == ("-1000", "The body is not a JSON object.")
    exchange = last_exchange(app, ANONYMOUS)
    assert says in exchange.reason
    assert says in json.loads(exchange.explanation)["sentence"]
    assert SECRET_KEY not in exchange.reason
    assert exchange.reason.endswith(".")


WITH_HEADERS = [
    ({"content-encoding": "br"}, b"\x0b\x02\x80", b"", "compressed with br"),
    ({"content-type": "application/json; charset=GBK"}, CHINESE.encode("gbk"), b"", "in gbk, as its Content-Type says"),
    ({"content-type": "multipart/form-data; boundary=X"}, b"user=1", b"", "multipart form"),
    ({"content-type": "application/x-www-form-urlencoded"}, b"user=016683", b"", "is a form"),
    ({}, b"", b"user=016683&sign=x", "the parameters are in the URL"),
]


@pytest.mark.parametrize(("headers", "body", "query", "says"), WITH_HEADERS)
def test_headers_and_the_query_help_to_recognize_it(
    app: Application, headers: dict[str, str], body: bytes, query: bytes, says: str
) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    app.gateway.answer(Request("POST", body, query=query, headers=pairs))
    assert says in last_exchange(app, ANONYMOUS).reason


def test_a_get_with_parameters_is_told_from_one_without(app: Application) -> None:
    for query, says in ((b"user=016683", "The parameters are in the URL"), (b"", "follows a redirect")):
        app.gateway.answer(Request("GET", b"", query=query))
        assert says in last_exchange(app, ANONYMOUS).reason
