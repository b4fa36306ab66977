"""`sign` and `verify`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mockserver.gateway.example import documented_request
from mockserver.signing.signature import sign
from tests.cli.commands import run
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from pathlib import Path


def test_a_body_is_signed_and_verified(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(json.dumps(documented_request(USER)), encoding="utf-8")
    code, signed, explained = run("sign", str(file), "--secret-key", SECRET_KEY)
    assert code == 0
    assert explained.startswith("amount=1&currency=EUR&")
    assert json.loads(signed)["sign"] == "885fffb998f0597c39e5cfb37f1f367f4aedf63958599393bcc28426bfc96ce0"
    assert run("verify", "--secret-key", SECRET_KEY, text=signed) == (
        0,
        "The signature is correct (empty values kept).\n",
        "",
    )


def test_signing_fills_in_the_time() -> None:
    code, signed, _ = run("sign", "--secret-key", "k", text='{"user":"u","method":"m","data":{"a":"b"}}')
    assert code == 0
    assert json.loads(signed)["time"] > 1_700_000_000


def test_a_wrong_signature_is_shown_beside_the_right_one() -> None:
    code, _, reported = run(
        "verify", "--secret-key", "k", text='{"user":"u","method":"m","time":1,"data":{"a":"b"},"sign":"x"}'
    )
    assert code == 1
    assert "string to sign  a=b&method=m&time=1&user=u" in reported
    assert "received        x" in reported


def test_a_notification_is_verified_over_its_data() -> None:
    body = '{"sign":"%s","data":{"a":"b"}}'
    assert run("verify", "--secret-key", "k", text=body % sign("a=b", "k"))[0] == 0
    assert run("verify", "--secret-key", "k", text=body % sign("a=c", "k"))[0] == 1


@pytest.mark.parametrize("command", ["sign", "verify"])
@pytest.mark.parametrize(
    ("text", "message"), [("{", "standard input: this is not valid JSON"), ("[]", "expected a JSON object")]
)
def test_what_is_no_json_object_is_reported(command: str, text: str, message: str) -> None:
    code, _, reported = run(command, "--secret-key", "k", text=text)
    assert code == 2
    assert message in reported


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"data":7}', "in which data is an object"),
        ('{"data":{"a":1e400}}', "the body has a number that is too large"),
        ('{"data":{"a":' + "9" * 5000 + "}}", "the body has a number with too many digits"),
    ],
)
def test_what_cannot_be_signed_is_reported(text: str, message: str) -> None:
    code, _, reported = run("sign", "--secret-key", "k", text=text)
    assert code == 2
    assert message in reported


def test_what_has_no_signature_cannot_be_verified() -> None:
    code, _, reported = run("verify", "--secret-key", "k", text="{}")
    assert code == 2
    assert "expected a JSON object with sign and data" in reported


def test_a_file_that_is_not_there_is_reported() -> None:
    code, _, reported = run("sign", "no-such-file.json", "--secret-key", "k")
    assert code == 2
    assert "no-such-file.json" in reported
