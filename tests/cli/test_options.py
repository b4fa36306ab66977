"""Options and environment variables: mistakes in them, and secrets that are not printed."""

from __future__ import annotations

import json
import subprocess
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from mockserver.cli.commands import main
from mockserver.gateway.example import documented_request
from mockserver.settings import Settings, declared
from tests.cli.commands import run
from tests.helpers import USER
from tests.serving import COMMAND, ENVIRONMENT, Serving

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("value", "is_on"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_a_switch_is_an_environment_variable_too(value: str, is_on: bool) -> None:  # noqa: FBT001 - a table of cases
    server = Serving(YABANDPAY_MOCK_TLS=value, YABANDPAY_MOCK_TLS_PORT="0")
    assert ("https " in server.greeting) == is_on
    server.stop()


def test_every_setting_is_also_an_environment_variable() -> None:
    server = Serving(
        YABANDPAY_MOCK_USER="777",
        YABANDPAY_MOCK_SECRET_KEY="other",
        YABANDPAY_MOCK_NOTIFY_MAP="http://a=http://b http://c=http://d",
    )
    assert "user      777" in server.greeting
    assert "secret    your own, from $YABANDPAY_MOCK_SECRET_KEY" in server.greeting
    server.stop()


@pytest.mark.parametrize("key", ["a key of my own", "k"])
def test_the_greeting_does_not_print_a_key_of_your_own(key: str) -> None:
    server = Serving("--secret-key", key)
    line = next(line for line in server.greeting.splitlines() if line.startswith("curl "))
    printed = subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["status"] is True
    assert "secret    your own, from --secret-key" in server.greeting
    assert len(key) == 1 or key not in server.greeting
    server.stop()


@pytest.mark.parametrize(
    "line",
    [
        ["serve", "--secret-key", "my", "sesame"],
        ["serve", "--secret-keysesame"],
        ["serve", "--control-token", "my", "sesame"],
        ["explain", "--secret-key", "k", "--other-key", "sesame"],
        ["explain", "--secret-key", "k", "--other-key", "=sesame"],
        ["sign", "body.json", "--secret-key", "my", "sesame"],
    ],
)
def test_a_secret_that_is_given_wrongly_is_not_repeated(line: list[str]) -> None:
    code, printed, reported = run(*line, text="{}")
    assert code == 2
    assert "sesame" not in printed + reported


@pytest.mark.parametrize("command", ["sign", "verify", "explain"])
@pytest.mark.parametrize("where", ["sign", "data", "name"])
def test_a_secret_in_a_body_is_not_shown(command: str, where: str) -> None:
    key = 'open/"sesame" 密钥'
    request = documented_request(USER)
    request["data"]["secret" if where == "data" else key] = key
    request["sign"] = key if where == "sign" else "0" * 64
    _, _, reported = run(command, "--secret-key", key, text=json.dumps(request))
    _, shown, _ = run("explain", "--secret-key", key, text=json.dumps(request))
    assert "***" in reported + shown
    assert "sesame" not in reported + shown


def test_help_shows_every_setting_with_its_variable() -> None:
    text = CliRunner().invoke(main, ["serve", "--help"]).output
    for setting in fields(Settings):
        assert f"--{setting.name.replace('_', '-')} " in text
        assert f"YABANDPAY_MOCK_{setting.name.upper()}" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "99999"], "expected a whole number from 0 to 65535, not '99999'"),
        (["--port", "²"], "expected a whole number"),
        (["--pay-delay", "soon"], "expected a duration such as 500ms, 2s, 1m or 6h, not 'soon'"),
        (["--retry-plan", "1s,x"], "expected a duration"),
        (["--notify-map", "x"], "expected FROM=TO such as"),
        (["--scenario", "declind"], "There is no scenario 'declind'; did you mean 'declined'?"),
        (
            ["--scenarios", "no/such/folder"],
            "no/such/folder:1: this folder does not exist; expected a folder with .yaml files",
        ),
        (["--database", "x"], "expected a database such as sqlite:///sandbox.db"),
        (["--secret-key", ""], "expected a text that is not empty"),
        (["--user", "a/b"], "expected a UID or an e-mail address without spaces and slashes, not 'a/b'"),
        (["--user", b"\xff"], "expected a text in UTF-8"),
        (["--notify-timeout", "0s"], "expected a duration longer than 0ms, such as 10s, not '0s'"),
        (["--log", "loud"], "expected lines or none, not 'loud'"),
        (["--host", "256.0.0.1"], "Cannot listen on 256.0.0.1 port 0"),
        (["--hots", "x"], "No such option"),
        (["--tls-name", "a b"], "expected a host name or an IP address such as sandbox.internal, not 'a b'"),
        (
            ["--allowed-host", "http://a.example"],
            "expected a host name such as sandbox.example.com, *.example.com or *",
        ),
        (["--allowed-host", "a.example:80"], "expected a host name such as"),
        (["--allowed-host", "*a.example"], "expected a host name such as"),
        (["--public-url", "http://["], "expected an address such as https://sandbox.example:8765, not 'http://['"),
        (["--control-token", "a\nb"], "expected one line of UTF-8 text without spaces at its ends"),
        (["--control-token", " a"], "expected one line of UTF-8 text without spaces at its ends"),
        (["--control-token", b"\xff"], "expected a text in UTF-8"),
        (["--ca-file", "ca.pem"], "--ca-file is for HTTPS, which is off; add --tls"),
        (["--tls-key", "k.pem"], "--tls-key is for HTTPS, which is off; add --tls."),
        (["--tls-certificate", "c.pem"], "--tls-certificate is for HTTPS, which is off; add --tls."),
        (["--tls-port", "8443"], "--tls-port is for HTTPS, which is off; add --tls."),
        (["--tls-name", "a.example"], "--tls-name is for HTTPS, which is off; add --tls, or use --allowed-host for"),
        (
            ["--tls", "--tls-name", "a.example", "--tls-certificate", "c.pem", "--tls-key", "k.pem"],
            "--tls-name is for a generated certificate; leave it out with your own --tls-certificate.",
        ),
        (
            ["--ready-file", "no/such/folder/ready"],
            "--ready-file: no/such/folder/ready cannot be written: No such file",
        ),
    ],
)
def test_a_mistake_is_reported_in_a_sentence(options: list[str | bytes], message: str) -> None:
    done = subprocess.run(
        [*COMMAND, "serve", "--port", "0", *options], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "value"), [("TLS_PORT", "0"), ("TLS_NAME", "a.example")])
def test_a_variable_without_effect_is_a_warning(name: str, value: str) -> None:
    variable = f"YABANDPAY_MOCK_{name}"
    server = Serving(**{variable: value})
    _, reported = server.stop()
    assert f"Warning: ${variable} is for HTTPS, which is off; add --tls" in reported


def test_a_file_in_a_variable_without_effect_is_a_mistake() -> None:
    environment = {**ENVIRONMENT, "YABANDPAY_MOCK_CA_FILE": "ca.pem"}
    done = subprocess.run([*COMMAND, "serve"], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, "Error: $YABANDPAY_MOCK_CA_FILE is for HTTPS, which is off" in done.stderr) == (2, True)


def test_every_setting_of_https_needs_it() -> None:
    """A new setting whose name or help is about certificates must say that it needs --tls."""
    about = [one for one in declared() if one.name.startswith("tls_") or "certificate" in one.metadata["help"].lower()]
    assert {one.name for one in about if one.name != "tls"} == {one.name for one in declared() if one.metadata["needs"]}


def test_mistakes_in_scenario_files_stop_the_start_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: x\nsummary: y\nthen:\n  - {after: 1s, state: payed}\n", encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "serve", "--scenarios", str(tmp_path)], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path / 'mine.yaml'}:4: then[0].state: expected one of")
