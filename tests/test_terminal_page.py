"""The page about the terminal, executed: its commands, its tables and what it shows of their output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mockserver.cli.commands import main
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.cli.remote import Terminal
from tests.cli.test_listen import Listening
from tests.reading import blocks, rows

PAGE = (Path(__file__).parents[1] / "docs" / "terminal.md").read_text(encoding="utf-8")
ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    command = tmp_path / "yabandpay-mock"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m mockserver "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


def shape(text: str) -> list[str]:
    """The lines with everything that differs from run to run replaced."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    return re.sub(r"\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d|\(\d+ ms\)|now|\d+ s ago", "#", text).splitlines()


def test_the_commands_run_in_order_as_they_stand(folder: Path) -> None:
    scripts = [block for block in blocks(PAGE, "sh") if block != "yabandpay-mock listen\n"]
    assert len(scripts) == len(blocks(PAGE, "sh")) - 1
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as sandbox:
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
                       "YABANDPAY_MOCK_URL": sandbox.url}  # fmt: skip
        for script in scripts:
            done = subprocess.run(
                ["bash", "-e", "-c", script], cwd=folder, capture_output=True, text=True, env=environment, check=False
            )
            assert (done.returncode, done.stderr.replace("Nobody was notified.\n", "")) == (0, ""), script
            if script.startswith("yabandpay-mock trigger declined"):
                assert shape(done.stdout) == shape(blocks(PAGE, "text")[0])


def test_listening_prints_what_is_shown() -> None:
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as sandbox:
        terminal = Terminal(sandbox.url)
        listening = Listening(terminal)
        terminal("trigger", "default", "--order-id", "A-2")
        printed = listening.read_until("https://www.yabandpay.com")
        listening.stop()
    assert shape("\n".join(printed)) == shape(blocks(PAGE, "text")[1])


def test_every_command_and_flag_of_a_running_sandbox_is_in_a_table() -> None:
    named = {word for row in rows(PAGE, "command") for word in re.findall(r"`([a-z ]+)`", row[0])}
    with click.Context(main) as context:
        commands = {name: main.get_command(context, name) for name in main.list_commands(context)}
    shared = {"--url", "--account", "--token", "--json"}
    remote = {
        name for name, command in commands.items()
        if command and shared <= {flag for parameter in command.params for flag in parameter.opts}
    }  # fmt: skip
    assert remote <= named
    assert named - remote == {"clock", "scenarios use", "completion"}
    assert {row[0].strip("`") for row in rows(PAGE, "flag")} == shared
