"""The signature tool over HTTP."""

from __future__ import annotations

import hashlib
import html
import json
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.gateway.example import documented_request
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from tests.helpers import USER

if TYPE_CHECKING:
    from mockserver.testing import Sandbox

KEY = "a-key-for-the-tool"


def checked(sandbox: Sandbox, body: str, secret_key: str = KEY, signature: str = "") -> str:
    form = {"body": body, "secret_key": secret_key, "sign": signature}
    answer = requests.post(f"{sandbox.url}/_sandbox/signature-tool", data=form, timeout=30)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return html.unescape(answer.text)


def test_a_body_without_a_sign_gets_its_string_and_sign(sandbox: Sandbox) -> None:
    request = documented_request(USER)
    page = checked(sandbox, json.dumps(request))
    text = string_to_sign(signed_parameters(request))
    assert text in page
    assert sign(text, KEY) in page


def test_a_right_sign_is_said_to_be_right(sandbox: Sandbox) -> None:
    request = documented_request(USER)
    right = sign(string_to_sign(signed_parameters(request)), KEY)
    assert "Signature valid" in checked(sandbox, json.dumps({**request, "sign": right}))
    assert "Signature valid" in checked(sandbox, json.dumps(request), signature=f" {right} ")


def test_a_wrong_sign_is_explained(sandbox: Sandbox) -> None:
    request = documented_request(USER)
    wrong = sign(string_to_sign(signed_parameters(request)) + "\n", KEY)
    page = checked(sandbox, json.dumps(request), signature=wrong)
    assert "Signature invalid" in page
    assert "line break" in page


def test_a_wrong_sign_is_explained_in_chinese(sandbox: Sandbox) -> None:
    request = documented_request(USER)
    wrong = sign(string_to_sign(signed_parameters(request)) + "\n", KEY)
    form = {"body": json.dumps(request), "secret_key": KEY, "sign": wrong}
    page = requests.post(f"{sandbox.url}/_sandbox/signature-tool?lang=zh", data=form, timeout=30).text
    assert "签名字符串以换行符结尾" in page
    assert "签名字符串不要带换行符" in page
    assert "The string that was signed" not in page


UNEXPLAINED = hashlib.sha256(b"a sign that nothing explains").hexdigest()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("&#" + "1" * 5000, "No known mistake explains this signature"),
        ("e" + "\u0301\u0323" * 60_000, "The body is too large"),
        ("x" * 200_000, "The body is too large"),
    ],
    ids=["entity", "marks", "long"],
)
def test_a_nasty_body_is_explained_as_far_as_that_goes(sandbox: Sandbox, text: str, said: str) -> None:
    request = documented_request(USER, demo=text)
    assert said in checked(sandbox, json.dumps(request, ensure_ascii=False), signature=UNEXPLAINED)


def test_of_long_strings_the_part_where_they_differ_is_shown(sandbox: Sandbox) -> None:
    request = documented_request(USER, demo="d" * 20_000, x="end")
    wrong = sign(string_to_sign(signed_parameters(request)) + "\n", KEY)
    page = checked(sandbox, json.dumps(request), signature=wrong)
    assert '<pre class="string" tabindex="0">…ddd' in page
    assert "&x=end<mark>␄</mark>" in page


def test_a_notification_is_taken_too(sandbox: Sandbox) -> None:
    body = json.dumps({"data": {"b": "2", "a": "1"}})
    assert sign("a=1&b=2", KEY) in checked(sandbox, body)


@pytest.mark.parametrize(
    ("body", "secret_key", "message"),
    [
        ("{", KEY, "The body is not valid JSON: "),
        ("", KEY, "The body is not valid JSON: "),
        ("[]", KEY, "Paste a complete request or notification"),
        ('{"data": 7}', KEY, "Paste a complete request or notification"),
    ],
)
def test_what_cannot_be_checked_is_refused_with_a_message(
    sandbox: Sandbox, body: str, secret_key: str, message: str
) -> None:
    assert message in checked(sandbox, body, secret_key)


def test_the_key_is_not_shown_again_and_not_kept(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    hostile = json.dumps({"data": {"a": "</textarea><script>alert(1)</script>", "key": KEY}})
    form = {"body": hostile, "secret_key": KEY, "sign": KEY}
    page = requests.post(f"{sandbox.url}/_sandbox/signature-tool", data=form, timeout=30).text
    assert KEY not in page
    assert "<script>alert" not in page
    with sandbox.app.store.unit(USER) as unit:
        assert unit.exchanges(10) == []
    assert KEY not in "".join(capfd.readouterr())
