"""`explain`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from mockserver.gateway.example import documented_request
from mockserver.signing.signature import sign, signed_parameters
from tests.cli.commands import run


def wrong(**changes: Any) -> str:
    """A request whose values were URL-encoded before they were signed."""
    request = documented_request("016683")
    request["data"].update(changes)
    encoded = {name: quote_plus(str(value)) for name, value in signed_parameters(request).items()}
    request["sign"] = sign("&".join(f"{name}={encoded[name]}" for name in sorted(encoded)), "k-for-explaining")
    return json.dumps(request)


def test_a_wrong_sign_is_explained_with_both_strings_and_the_first_differing_byte() -> None:
    code, reported, _ = run("explain", "--secret-key", "k-for-explaining", text=wrong(description="茶 tea"))
    assert code == 1
    lines = reported.splitlines()
    assert lines[0] == "-403 The signature Error"
    assert lines[2].startswith("The values were URL-encoded before they were signed")
    caret = next(place for place, line in enumerate(lines) if line.strip() == "^")
    column = lines[caret].index("^")
    right, signed = lines[caret - 2], lines[caret - 1]
    assert right[:column].removeprefix("  gateway signs  ") == signed[:column].removeprefix("  you signed     ")
    assert (right[column], signed[column]) == ("茶", "%")
    assert "k-for-explaining" not in reported


def test_of_long_strings_the_command_shows_the_part_where_they_differ() -> None:
    code, reported, _ = run(
        "explain", "--secret-key", "k-for-explaining", text=wrong(user_note="/", description="d" * 50_000)
    )
    assert code == 1
    lines = reported.splitlines()
    caret = next(place for place, line in enumerate(lines) if line.strip() == "^")
    column = lines[caret].index("^")
    right, signed = lines[caret - 2], lines[caret - 1]
    assert right[:column].removeprefix("  gateway signs  ") == signed[:column].removeprefix("  you signed     ")
    assert (right[column], signed[column]) == (":", "%")
    assert max(map(len, lines)) < 20_000


def test_a_right_request_is_said_to_be_right() -> None:
    _, signed, _ = run("sign", "--secret-key", "k", text=json.dumps(documented_request("016683")))
    code, reported, _ = run("explain", "--secret-key", "k", text=signed)
    assert (code, reported.startswith("The signature and the fields are correct.")) == (0, True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sub_pay_method": "AliPay "}, ("-4011 Not support", "Did you mean 'Alipay'?", "documented in  protocol.md SEED, 3.8")),
        ({"notify_url": ""}, ("-3001 Required field", "Missing or empty in data: notify_url.", "sent           an empty text")),
        ({"amount": "24,99"}, ("-1000 amount must be", "nearest        24.99")),
    ],
)  # fmt: skip
def test_fields_are_explained_without_a_server(changes: dict[str, str], expected: tuple[str, ...]) -> None:
    request = documented_request("016683")
    request["data"].update(changes)
    _, signed, _ = run("sign", "--secret-key", "k", text=json.dumps(request))
    code, reported, _ = run("explain", "--secret-key", "k", text=signed)
    assert code == 1
    for text in expected:
        assert text in reported


def test_a_notification_is_explained_too() -> None:
    body = {"sign": sign('{"a":"1","b":"2"}', "k-of-mine"), "data": {"a": "1", "b": "2"}}
    code, reported, _ = run("explain", "--secret-key", "k-of-mine", text=json.dumps(body))
    assert code == 1
    assert "The whole object was signed as one text, such as JSON, instead of the joined parameters" in reported
    assert "gateway signs  a=1&b=2" in reported


def test_the_key_of_another_account_is_tried() -> None:
    reported = run("explain", "--secret-key", "mine-1234", "--other-key", "036870=k-for-explaining", text=wrong())[1]
    assert "No known mistake" in reported or "036870" in reported
    _, signed, _ = run("sign", "--secret-key", "theirs-5678", text=json.dumps(documented_request("016683")))
    reported = run("explain", "--secret-key", "mine-1234", "--other-key", "036870=theirs-5678", text=signed)[1]
    assert "036870" in reported
    assert run("explain", "--secret-key", "k", "--other-key", "036870", text=signed)[0] == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "7"])
def test_what_is_no_object_is_explained_as_the_gateway_answers_it(text: str) -> None:
    code, reported, _ = run("explain", "--secret-key", "k", text=text)
    assert code == 1
    assert reported.startswith("-1000 The body is not a JSON object.\n")


@pytest.mark.parametrize(
    "text", ["{}", '{"sign":[]}', '{"data":{}}', '{"user":7,"method":{},"sign":null}', '{"data":[1],"sign":"x"}']
)
def test_what_is_hardly_a_request_is_explained_without_a_trace(text: str) -> None:
    code, reported, errors = run("explain", "--secret-key", "k", text=text)
    assert (code, "Traceback" in errors, reported.startswith("-")) == (1, False, True)
