"""docs/testing.md, executed: every file on the page is a file of a shop's test suite that has never seen the sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver import pytest_plugin
from mockserver.settings import Settings
from mockserver.testing import MerchantAccount, RunningSandbox, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n# (\S+)\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("YABANDPAY_", "PYTEST_"))}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    for name, content in BLOCKS:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def elsewhere() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, pay_delay=20)) as sandbox:
        yield sandbox


def run(suite: Path, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=suite, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_block_is_a_file() -> None:
    assert len(BLOCKS) == PAGE.count("```python")
    assert sum("\ndef test_" in f"\n{content}" for _, content in BLOCKS) == 5


@pytest.mark.parametrize("options", [(), ("--numprocesses=2",)], ids=["alone", "two processes"])
def test_the_suite_passes(suite: Path, options: tuple[str, ...]) -> None:
    assert re.search(r"\b9 passed", run(suite, "-m", "pytest", "--ignore=frozen", *options))


@pytest.mark.parametrize("tool", ["freezegun", "time_machine"])
def test_the_part_in_frozen_time_passes(suite: Path, tool: str) -> None:
    for name in (tool, "responses"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    file = suite / "frozen" / "test_frozen.py"
    text = file.read_text(encoding="utf-8")
    if tool == "time_machine":
        text = text.replace("from freezegun import freeze_time", "from time_machine import travel")
        text = text.replace('@freeze_time("2020-01-01")', '@travel("2020-01-01", tick=False)')
    file.write_text(text, encoding="utf-8")
    assert re.search(r"\b3 passed", run(suite, "-m", "pytest", "frozen"))


def test_the_suite_passes_against_a_sandbox_that_runs_already(suite: Path, elsewhere: Sandbox) -> None:
    options = ("--numprocesses=2", f"--yabandpay-sandbox={elsewhere.url}", "--ignore=secure", "--ignore=frozen")
    printed = run(suite, "-m", "pytest", *options)
    assert re.search(r"\b8 passed", printed)
    assert elsewhere.app.merchants() == [elsewhere.settings.user]


def test_unittest_runs_its_part(suite: Path) -> None:
    assert "OK" in run(suite, "-m", "unittest", "test_with_unittest")


def test_the_part_by_hand_runs(suite: Path) -> None:
    assert run(suite, "by_hand.py") == "expired\n"


def test_the_page_names_everything_that_an_account_offers() -> None:
    offered = {name for name in vars(MerchantAccount) if not name.startswith("_")}
    offered |= {"url", "user", "secret_key", "name", "clock"}
    table = PAGE.partition("## Account\n")[2].partition("## ")[0]
    assert {name for name in re.findall(r"^\| (.*?) \|", table, flags=re.MULTILINE) for name in re.findall(r"\b[a-z_]+\b", re.sub(r"\(.*?\)", "", name))} == offered  # fmt: skip


def test_the_page_names_every_fixture_and_option() -> None:
    table = PAGE.partition("## Fixtures and options")[2].partition("## ")[0]
    fixtures = {
        name for name, value in vars(pytest_plugin).items() if type(value).__name__ == "FixtureFunctionDefinition"
    }
    options = set(re.findall(r'"(--yabandpay-[a-z-]+)"', Path(pytest_plugin.__file__).read_text(encoding="utf-8")))
    assert set(re.findall(r"^\| `([a-z_-]+)", table, flags=re.MULTILINE)) == fixtures | options
    assert hasattr(RunningSandbox, "account")
