"""The pages by task, executed: every command in its order, what it prints where the page shows it, and every test."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from mockserver.cli.reference import cli
from mockserver.scenarios.scenario import ScenarioQuery
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.settings import Settings, declared, flag
from mockserver.testing import Sandbox
from tests.examine.shops.merchant import Shop
from tests.machine import free_port
from tests.reading import blocks, rows
from tests.test_terminal_page import shape

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "how-to"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}
ENGLISH = {name: text for name, text in PAGES.items() if not name.endswith(".zh-CN") and name != "README"}
WITH_A_SANDBOX = ["declined", "duplicate-notification", "expiry", "lost-answer", "refund-pending"]
STARTING_ONE = ["compare-with-a-gateway", "load-test", "plug-in-https", "shared-sandbox"]
URL, SHOP = "http://127.0.0.1:8765", "http://127.0.0.1:3000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in whose shell the command and Python are found."""
    (tmp_path / "bin").mkdir()
    for name, call in (("yabandpay-mock", "-m mockserver"), ("python", "")):
        command = tmp_path / "bin" / name
        command.write_text(f'#!/bin/sh\nexec {sys.executable} {call} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    return tmp_path


def shell(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a script prints; what it has started and left behind is ended."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("YABANDPAY_")}
    environment = {**known, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), **variables}
    files = [folder / "printed.txt", folder / "errors.txt"]
    with files[0].open("w") as printed, files[1].open("w") as errors:
        command = ["sh", "-e", "-c", script]
        running = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=printed, stderr=errors, start_new_session=True
        )
        status = running.wait()
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGTERM)
    return subprocess.CompletedProcess(script, status, *(file.read_text(encoding="utf-8") for file in files))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none")) as running:
        yield running


def test_each_page_is_of_one_kind() -> None:
    assert sorted(ENGLISH) == sorted([*WITH_A_SANDBOX, *STARTING_ONE, "examine-a-shop"])
    listed = [re.findall(r"\(([\w-]+)\.md\)", row[1])[0] for row in rows(PAGES["README"], "when")]
    assert sorted(listed) == sorted(ENGLISH)


@pytest.mark.parametrize("name", WITH_A_SANDBOX)
def test_the_commands_print_what_is_shown(sandbox: Sandbox, folder: Path, name: str) -> None:
    found = re.findall(r"^```(sh|text)\n(.*?)^```", ENGLISH[name], re.DOTALL | re.MULTILINE)
    commands = [text for kind, text in found if kind == "sh"]
    shown = {before[1]: after[1] for before, after in pairwise(found) if after[0] == "text"}
    assert commands
    for script in commands:
        done = shell(folder, script, YABANDPAY_MOCK_URL=sandbox.url)
        assert done.returncode == 0, done.stdout + done.stderr
        if script in shown:
            assert shape(without_refund(done.stdout)) == shape(without_refund(shown[script]))


def without_refund(text: str) -> str:
    return re.sub(r"refund \d{20}", "refund ID", text)


@pytest.mark.parametrize("name", WITH_A_SANDBOX)
def test_the_test_of_a_page_passes(folder: Path, name: str) -> None:
    [test] = blocks(ENGLISH[name], "python")
    file = folder / test.partition("\n")[0].removeprefix("# ")
    file.write_text(test, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file.name],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 passed" in done.stdout, done.stdout


EXPECTED = {
    "compare-with-a-gateway": ["differ", "could not be asked"],
    "load-test": ["1000 payments in ", 'code="200"} 1000', "yabandpay_requests_total"],
    "plug-in-https": ['"status":"ready"'],
    "shared-sandbox": ['"secret_key":"annas-key"', "A-1  declined", "A-1"],
}


@pytest.mark.parametrize("name", STARTING_ONE)
def test_a_page_that_starts_sandboxes_runs_from_top_to_bottom(folder: Path, name: str) -> None:
    port, other, tls = (str(free_port()) for _ in range(3))
    script = "\n".join(blocks(ENGLISH[name], "sh"))
    # Other tests use the usual ports at the same time.
    for usual, own in (("8766", other), ("8443", tls), (URL, f"http://127.0.0.1:{port}")):
        script = script.replace(usual, own)
    for block in blocks(ENGLISH[name], "python"):
        file = folder / block.partition("\n")[0].removeprefix("# ")
        file.write_text(block.replace(URL, f"http://127.0.0.1:{port}"), encoding="utf-8")
    script = script.replace("--write profile.yaml", "--write profile.yaml || [ $? = 1 ]")
    variables = {"YABANDPAY_MOCK_PORT": port, "YABANDPAY_MOCK_URL": f"http://127.0.0.1:{port}"}
    done = shell(folder, script, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [text for text in EXPECTED[name] if text not in done.stdout] == []
    if name == "compare-with-a-gateway":
        profile = yaml.safe_load((folder / "profile.yaml").read_text(encoding="utf-8"))
        assert profile["failures"]["http_status"] == 400


def test_a_shop_is_examined(sandbox: Sandbox, folder: Path) -> None:
    [command] = blocks(ENGLISH["examine-a-shop"], "sh")
    settings = Settings()
    with Shop(sandbox.url, settings.user, settings.secret_key) as shop:
        done = shell(folder, command.replace(SHOP, shop.url), YABANDPAY_MOCK_URL=sandbox.url)
    assert (done.returncode, "This shop passed." in done.stdout) == (0, True), done.stdout + done.stderr
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_value_scenario_and_flag_that_a_page_names_exists(sandbox: Sandbox, name: str) -> None:
    text = PAGES[name]
    for value in re.findall(r"`([A-Z]{5,}-)`", text):
        chosen = sandbox.app.catalog.choose(ScenarioQuery(reference=f"{value}1")).name
        assert chosen != sandbox.settings.scenario, value
    for amount in re.findall(r"`(99\d{4}\.99)`", text):
        assert sandbox.app.catalog.choose(ScenarioQuery(amount=amount)).name != sandbox.settings.scenario, amount
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {"--cacert", "--connect-to", "--silent"}  # of curl
    assert flags <= {flag(setting) for setting in declared()} | set(re.findall(r"--[a-z][a-z-]+", cli()))
    known = {scenario.name for scenario in SHIPPED_SCENARIOS}
    network = set(re.findall(r"`((?:never|truncated|slow|reset|answer|notified)-[a-z-]+)`", text))
    assert network <= known
