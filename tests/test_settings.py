"""The texts of settings: each is taken, or refused with what was expected."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from mockserver import create_app
from mockserver.cli.options import options
from mockserver.delivery.destination import HostMapping, parse_mapping
from mockserver.durations import LONGEST
from mockserver.settings import Settings, declared, environment_variable, flag, read_settings
from mockserver.texts import parse_optional_text, parse_text, parse_user, shown
from tests.bounds import odd

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field

TEXTS = [
    *(one for one in odd.ODD if isinstance(one, str)),
    *odd.SEGMENTS,
    "9" * 5000 + "s",
    "15s," * 1000,
    "http://[x]:1",
    "x" * 10**6,
]


@pytest.mark.parametrize("setting", declared(), ids=lambda setting: setting.name)
def test_an_odd_text_is_taken_or_reported(setting: Field[Any]) -> None:
    for text in TEXTS:
        try:
            taken = setting.metadata["read"](text)
        except ValueError as error:
            assert str(error).startswith("expected ")
            assert len(str(error)) < 300
        else:
            assert isinstance(taken, (bool, int, str, tuple, Path, type(None)))


@pytest.mark.parametrize(
    ("name", "text", "reported"),
    [
        ("port", "9" * 5000, "expected a whole number from 0 to 65535, not '999"),
        ("journal_size", "²", "expected a whole number from 0 to 10000000, not '²'"),
        ("user", "a/b", "expected a UID or an e-mail address without spaces and slashes, not 'a/b'"),
        ("user", "..", "expected a UID or an e-mail address"),
        ("user", "x" * 201, "expected a text of at most 200 characters, not one of 201"),
        ("secret_key", "", "expected a text that is not empty"),
        ("secret_key", "\udc80", "expected a text in UTF-8"),
        ("seed", "x" * 201, "expected a text of at most 200 characters, not one of 201"),
        ("control_token", "\udc80", "expected a text in UTF-8"),
        ("public_url", "http://[", "expected an address such as https://sandbox.example:8765, not 'http://['"),
        ("public_url", "http://x:99999", "expected an address such as"),
        ("retry_plan", "1s," * 101, "expected at most 100 durations, not 101"),
        ("notify_map", "http://[=http://x", "expected FROM=TO such as"),
        ("notify_map", "http://x=http://y:0", "expected FROM=TO such as"),
        ("notify_timeout", "0ms", "expected a duration longer than 0ms, such as 10s, not '0ms'"),
        ("pay_delay", "9999999d", "expected a duration of at most 3650d, not '9999999d'"),
        ("opening_balance", "9999999999999", "expected a decimal number with at most two places"),
    ],
)
def test_what_is_out_of_bounds_is_reported(name: str, text: str, reported: str) -> None:
    read = next(setting.metadata["read"] for setting in declared() if setting.name == name)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is looked at below
        read(text)
    assert reported in str(caught.value)


def test_a_mapping_is_read() -> None:
    assert parse_mapping("https://shop.example/=http://127.0.0.1:3000") == HostMapping(
        "https://shop.example", "http://127.0.0.1:3000"
    )


@pytest.mark.parametrize(
    "text", ["016683", "shop@example.org", "é", "店", "a%2Fb", "a+b", "x" * 200, "-", "...", "a:b;c=d&e"]
)
def test_a_user_is_taken(text: str) -> None:
    assert parse_user(text) == text


def test_a_text_is_taken_up_to_its_bound_and_shown_shortened() -> None:
    assert parse_text("x" * 200) == parse_optional_text("x" * 200)
    assert parse_optional_text("") == ""
    assert shown("x" * 1000) == repr("x" * 57 + "...")
    assert json.loads(json.dumps(shown("\ud800"))) == "'\\ud800'"


def test_settings_come_from_arguments_and_then_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YABANDPAY_MOCK_PAY_DELAY", "2s")
    monkeypatch.setenv("YABANDPAY_MOCK_USER", "1")
    monkeypatch.setenv("YABANDPAY_MOCK_TLS", "false")
    monkeypatch.setenv("YABANDPAY_MOCK_SEED", "")
    monkeypatch.setenv(
        "YABANDPAY_MOCK_NOTIFY_MAP", "https://a.example=http://127.0.0.1:1 https://b.example=http://127.0.0.1:2"
    )
    read = read_settings({"user": "2", "retry_plan": "1s,2s", "opening_balance": 5, "allowed_host": ["A.example"]})
    assert (read.pay_delay, read.user, read.retry_plan, read.opening_balance) == (2000, "2", (1000, 2000), 5)
    assert (read.tls, read.seed, read.allowed_host) == (False, "", ("a.example",))
    plans: list[Any] = [["1s", "2s"], ("1s", "2s"), [1000, 2000], (1000, 2000)]
    assert {read_settings({"retry_plan": plan}).retry_plan for plan in plans} == {(1000, 2000)}
    assert read_settings({"retry_plan": []}).retry_plan == ()
    assert [one.target for one in read.notify_map] == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    assert read_settings({"user": "3"}, Settings(pay_delay=7)) == Settings(user="3", pay_delay=7)


def test_the_environment_is_read_as_the_command_line_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    @options()
    def command(**values: Any) -> None:
        read.append(Settings(**values))

    read: list[Settings] = []
    texts = {"tls": "on", "notify_map": "https://a.example=http://b.example  https://c.example=http://d.example", "port": "1",
             "database": "sqlite://", "scenarios": "x", "retry_plan": ""}  # fmt: skip
    for name, text in texts.items():
        monkeypatch.setenv(f"YABANDPAY_MOCK_{name.upper()}", text)
    command([], standalone_mode=False)
    assert read_settings({}) == read[0]
    assert read[0].tls


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ({"pay_delay": "soon"}, "^pay_delay: expected a duration"),
        (
            {"pay_delay": 0.5},
            "^pay_delay: expected a text as on the command line or a value of type int, not a .* float$",
        ),
        ({"pay_delay": timedelta(seconds=1)}, "^pay_delay: .* not a value of type timedelta$"),
        ({"port": True}, "^port: .* not a value of type bool$"),
        ({"user": 16683}, "^user: expected a text as on the command line, not a value of type int$"),
        ({"secret_key": b"key"}, "^secret_key: expected a text as on the command line, not a value of type bytes$"),
        ({"accounts": ["a.yaml"]}, "^accounts: .* or a value of type Path, not a value of type list$"),
        ({"retry_plan": ["1s", "soon"]}, "^retry_plan: expected a duration"),
        ({"pay_delays": "1s"}, "^there is no setting pay_delays; the settings are host, port, "),
        ({}, "^YABANDPAY_MOCK_RETURN_METHOD: expected post or raw or get, not 'put'"),
    ],
)
def test_a_mistake_in_a_setting_is_reported_with_its_place(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], reported: str
) -> None:
    if not given:
        monkeypatch.setenv("YABANDPAY_MOCK_RETURN_METHOD", "put")
    with pytest.raises(ValueError, match=reported):
        read_settings(given)


OUT_OF_RANGE: dict[str, list[Any]] = {
    "host": ["x" * 201],
    "port": [-1, 65_536],
    "workers": [-1, 0, 65],
    "allowed_host": [["a/b"]],
    "tls_port": [-1, 65_536],
    "tls_name": [["a/b"]],
    "user": ["a/b", "x" * 201],
    "secret_key": ["x" * 201],
    "account_name": ["x" * 201],
    "seed": ["x" * 201],
    "scenario": ["x" * 201],
    "duplicate_orders": ["twice"],
    "max_clock_skew": [-5, LONGEST + 1],
    "pay_delay": [-5, LONGEST + 1],
    "opening_balance": [-5, 10**14],
    "public_url": ["ftp://sandbox.example"],
    "return_method": ["put"],
    "control_token": ["x" * 201, "a\tb"],
    "notify_map": [[HostMapping("ftp://shop.example", "http://127.0.0.1:1")]],
    "retry_plan": [(-5,), (0,), (1000, 0), (LONGEST + 1,), (1000,) * 101],
    "notify_timeout": [-5, 0, LONGEST + 1],
    "error_http_status": [-1, 199, 600],
    "log": ["all"],
    "demo_data": [-1, 100_001],
    "journal_size": [-1, 10_000_001],
}
ANYTHING = {
    "tls",
    "strict",
    "ca_file",
    "tls_certificate",
    "tls_key",
    "ready_file",
    "database",
    "accounts",
    "scenarios",
    "profile",
}
WRONG = [(setting, value) for setting in declared() for value in OUT_OF_RANGE.get(setting.name, [])]


def test_each_setting_has_a_range_or_takes_anything() -> None:
    assert {setting.name for setting in declared()} == OUT_OF_RANGE.keys() | ANYTHING


@pytest.mark.parametrize(("setting", "value"), WRONG, ids=lambda one: getattr(one, "name", None))
def test_a_value_out_of_range_is_reported_alike_in_all_ways_of_giving_it(
    setting: Field[Any], value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    @options(setting.name)
    def command(**values: Any) -> None:
        raise AssertionError(values)

    def sentence(source: str, give: Callable[[], object]) -> str:
        with pytest.raises((ValueError, click.BadParameter)) as caught:
            give()
        message = str(caught.value)
        assert source in message
        return message[message.index("expected ") :]

    name, write = setting.name, setting.metadata["write"]
    text = write(value[0] if setting.metadata["many"] else value)
    sentences = {
        sentence(name, lambda: Settings(**{name: value})),
        sentence(name, lambda: replace(Settings(), **{name: value})),
        sentence(name, lambda: read_settings({name: value})),
        sentence(name, lambda: read_settings({name: text})),
        sentence(name, lambda: create_app(**{name: value})),
        sentence("", lambda: command([f"{flag(setting)}={text}"], standalone_mode=False)),
    }
    monkeypatch.setenv(environment_variable(setting), text)
    sentences |= {
        sentence(environment_variable(setting), lambda: read_settings({})),
        sentence("", lambda: command([], standalone_mode=False)),
    }
    assert len(sentences) == 1, sentences
