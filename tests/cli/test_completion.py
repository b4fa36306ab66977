"""Completion in shells: in bash as a user has it, in zsh and fish by the protocol of click."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.cli.remote import Terminal
from tests.machine import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as running:
        terminal = Terminal(running.url)
        for order_id in ("ORDER-17", "ORDER-18", "OTHER"):
            assert terminal("trigger", "--pay-method", "iDEAL", "--order-id", order_id).status == 0
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the command."""
    command = tmp_path / "yabandpay-mock"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m mockserver "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


def completed_by_bash(folder: Path, url: str, *line: str) -> list[str]:
    """What bash offers after the line, with the script that the command prints."""
    words = " ".join(f"'{word}'" for word in line)
    script = (
        f'export PATH="{folder}:$PATH"\neval "$(yabandpay-mock completion bash)"\n'
        f"COMP_WORDS=(yabandpay-mock {words}); COMP_CWORD={len(line)}\n"
        "function_name=$(complete -p yabandpay-mock | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        '$function_name yabandpay-mock\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    environment = Terminal(url).environment
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_and_flags(folder: Path, sandbox: Sandbox) -> None:
    assert completed_by_bash(folder, sandbox.url, "tri") == ["trigger"]
    assert completed_by_bash(folder, sandbox.url, "clock", "") == ["advance", "freeze", "set", "show"]
    assert "--forward-to" in completed_by_bash(folder, sandbox.url, "listen", "--")


def test_bash_completes_what_the_sandbox_has(folder: Path, sandbox: Sandbox) -> None:
    assert completed_by_bash(folder, sandbox.url, "trigger", "refund-f") == ["refund-failed"]
    assert completed_by_bash(folder, sandbox.url, "show", "ORD") == ["ORDER-18", "ORDER-17"]
    assert completed_by_bash(folder, sandbox.url, "orders", "--account", "0") == ["016683"]
    [trade_id] = [one["trade_id"] for one in Terminal(sandbox.url)("orders", "--limit", "1", "--json").json]
    assert completed_by_bash(folder, sandbox.url, "pay", trade_id[:8]) == [trade_id]


def test_nothing_is_offered_and_nothing_is_said_without_a_sandbox(folder: Path) -> None:
    assert completed_by_bash(folder, f"http://127.0.0.1:{free_port()}", "show", "O") == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_completed_by_the_protocol_of_click(shell: str, sandbox: Sandbox) -> None:
    terminal = Terminal(sandbox.url)
    assert "_YABANDPAY_MOCK_COMPLETE=" in terminal("completion", shell).output
    asked = {
        "_YABANDPAY_MOCK_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "yabandpay-mock show ORD",
        "COMP_CWORD": "2",
    }
    if shell == "fish":
        asked["COMP_CWORD"] = "ORD"
    command = [
        sys.executable,
        "-c",
        "import sys; sys.argv = ['yabandpay-mock']; from mockserver.__main__ import main; main()",
    ]
    done = subprocess.run(command, capture_output=True, text=True, env={**terminal.environment, **asked}, check=True)
    assert "ORDER-17" in done.stdout
    assert done.stderr == ""


def test_an_unknown_shell_is_wrong_usage(sandbox: Sandbox) -> None:
    assert Terminal(sandbox.url)("completion", "tcsh").status == 2
