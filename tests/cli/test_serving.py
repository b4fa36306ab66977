"""A line `serve` that is read without click has the settings that click would read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.cli import commands
from mockserver.cli.serving import plain_settings, serve
from tests.cli.commands import run

if TYPE_CHECKING:
    from typing import NoReturn

    from mockserver.settings import Settings


def read_by_click(monkeypatch: pytest.MonkeyPatch, *line: str) -> Settings:
    read: list[Settings] = []
    monkeypatch.setattr(commands, "run", lambda settings, _key_from: read.append(settings))
    assert run(*line)[0] == 0
    return read[0]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--port", "0", "--pay-delay", "20ms"],
        ["--port=0", "--secret-key=a=b", "--seed="],
        ["--port", "1", "--port", "2"],
        ["--tls", "--tls", "--tls-port", "0", "--tls-name", "a.example", "--tls-name", "b.example"],
        ["--notify-map", "http://a=http://b", "--notify-map=http://c=http://d"],
        ["--retry-plan", "1s, 2s"],
        ["--tls", "--ca-file", "ca.pem", "--ready-file", "", "--scenarios", "a folder"],
        ["--seed", "--tls"],
        ["--secret-key", "-k", "--user", "a@b.example", "--opening-balance", "0.50"],
    ],
)
def test_a_line_of_flags_is_read_as_by_click(monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    assert plain_settings(["serve", *options]) == read_by_click(monkeypatch, "serve", *options)


@pytest.mark.parametrize(
    "line",
    [
        [], ["--help"], ["ready"], ["-h", "serve"], ["serve", "--help"], ["serve", "--hots", "x"], ["serve", "--por", "0"],
        ["serve", "now"], ["serve", "--"], ["serve", "--port"], ["serve", "--port", "x"], ["serve", "--tls=yes"],
        ["serve", "--secret-key", ""], ["serve", "--port", "0", "sesame"], ["serve", "--user", "\udcff"],
        ["serve", "--tls-port", "0"], ["serve", "--tls-name", "a.example"],
    ],
)  # fmt: skip
def test_every_other_line_is_left_to_click(line: list[str]) -> None:
    assert plain_settings(line) is None


def test_environment_variables_are_left_to_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YABANDPAY_MOCK_PORT", "")
    assert plain_settings(["serve"]) is None


def test_ctrl_c_while_it_starts_leaves_no_trace(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    def interrupted(_settings: Settings) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("mockserver.server.server.open_server", interrupted)
    with pytest.raises(SystemExit, match="Aborted!"):
        serve(settings, "--secret-key")
