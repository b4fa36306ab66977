"""The command `python -m bench.durability`, and the page about it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.durability import __main__ as command
from bench.durability import audit, notifications, objects, sums
from bench.durability.case import Violation
from bench.durability.run import Plan, Report
from tests.reading import blocks, rows

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "durability.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(block.replace("\\\n", ""), comments=True) for block in blocks(PAGE, "sh")]


def called(monkeypatch: pytest.MonkeyPatch, violations: list[Violation], *arguments: str) -> tuple[list[Plan], object]:
    """The plans that the command makes, and its exit status, if each run finds these violations."""
    plans: list[Plan] = []

    def run(plan: Plan, folder: Path) -> Report:
        assert folder.is_dir()
        plans.append(plan)
        return Report(plan.seed, [], [], [], violations, 1.5)

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr("sys.argv", ["bench.durability", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    return plans, ended.value.code


def test_without_violations_the_status_is_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [plan], status = called(monkeypatch, [])
    assert status == 0
    assert (plan.kills, plan.requests, plan.processes, plan.clients) == (20, 10_000, 1, 8)
    assert plan.database.startswith("sqlite:////")
    printed = capsys.readouterr()
    assert f"0 violations, seed {plan.seed}" in printed.out
    assert plan.seed in printed.err


def test_a_violation_is_printed_and_the_status_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = "--database", "sqlite:///a.db", "--database", "sqlite:///b.db"
    plans, status = called(monkeypatch, [Violation("paid once", "trade-7", "was paid 2 times")], *urls)
    assert status == 1
    assert [plan.database for plan in plans] == ["sqlite:///a.db", "sqlite:///b.db"]
    assert "| paid once | trade-7 | was paid 2 times |" in capsys.readouterr().out


def test_the_command_that_restarts_the_database_is_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    [plan], _ = called(monkeypatch, [], "--restart-database", f"touch '{tmp_path}/restarted once'")
    assert plan.restart_database is not None
    plan.restart_database()
    assert (tmp_path / "restarted once").exists()


@pytest.mark.parametrize("words", COMMANDS, ids=len)
def test_each_command_of_the_page_is_understood(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    assert words[:3] == [".venv/bin/python", "-m", "bench.durability"]
    plans, _ = called(monkeypatch, [], *words[3:])
    assert len(plans) == 1


@pytest.mark.slow
def test_the_first_command_of_the_page_runs() -> None:
    words = [sys.executable, *COMMANDS[0][1:], "--kills", "0", "--requests", "60"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 violations" in done.stdout


def test_the_page_has_each_option() -> None:
    named = {name for row in rows(PAGE, "option") for name in re.findall(r"--[a-z-]+", row[0])}
    source = Path(command.__file__).read_text(encoding="utf-8")
    assert named == set(re.findall(r'add\(\s*"(--[a-z-]+)"', source))


def test_the_page_has_each_rule() -> None:
    named = {name.strip() for row in rows(PAGE, "rule") for name in row[0].split(";")}
    sources: list[Callable[..., str]] = [Path(room.__file__ or "").read_text for room in (objects, sums, notifications)]
    found = {name for read in sources for name in re.findall(r'Violation\("([^"]+)"', read(encoding="utf-8"))}
    assert named == found
    assert len(audit.RULES) == 14
