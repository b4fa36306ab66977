"""docs/examine.md, executed: its commands, its test and its tables."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.examine.report import VERDICTS
from mockserver.examine.shop import Shop as ReachedShop
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.examine.shops.merchant import Shop
from tests.examine.shops.right import WooWordsShop
from tests.reading import blocks, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "examine.md").read_text(encoding="utf-8")
USER, KEY = Settings().user, Settings().secret_key
URL = "http://127.0.0.1:3000"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none")) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in whose shell the command is found."""
    command = tmp_path / "bin" / "yabandpay-mock"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m mockserver "$@"\n')
    command.chmod(0o755)
    return tmp_path


def shell(folder: Path, script: str, sandbox: Sandbox) -> str:
    environment = {
        **os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
        "YABANDPAY_MOCK_URL": sandbox.url,
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_block_is_run_here() -> None:
    assert re.findall(r"^```(\w+)", PAGE, flags=re.MULTILINE) == ["sh", "sh", "sh", "python"]


@pytest.mark.parametrize("number", [0, 2])
def test_a_shop_is_examined_by_its_urls(sandbox: Sandbox, folder: Path, number: int) -> None:
    with Shop(sandbox.url, USER, KEY) as shop:
        printed = shell(folder, blocks(PAGE, "sh")[number].replace(URL, shop.url), sandbox)
    assert "This shop passed." in printed
    if number:
        assert (folder / "report.xml").read_text().startswith("<?xml")
        assert "<html" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_shop_with_words_of_its_own_is_examined_by_commands(sandbox: Sandbox, folder: Path) -> None:
    fetch = 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], b"" if len(sys.argv) > 2 else None).read().decode())'
    with WooWordsShop(sandbox.url, USER, KEY) as shop:
        for name, target in (
            ("create-order.sh", f"{shop.url}/orders post"),
            ("order-state.sh", f"{shop.url}/orders/$1"),
        ):
            (folder / name).write_text(f"#!/bin/sh\nexec {sys.executable} -c '{fetch}' {target}\n")
            (folder / name).chmod(0o755)
        assert "This shop passed." in shell(folder, blocks(PAGE, "sh")[1], sandbox)


def test_the_test_of_the_page_examines_a_shop(folder: Path) -> None:
    (folder / "test_shop.py").write_text(blocks(PAGE, "python")[0])
    (folder / "conftest.py").write_text(
        "import pytest, requests\n"
        "from tests.examine.shops.merchant import Shop\n\n\n"
        "class Driven(Shop):\n"
        "    def create_order(self):\n"
        "        return requests.post(f'{self.url}/orders', timeout=60).text\n\n"
        "    def state_of(self, order_id):\n"
        "        found = requests.get(f'{self.url}/orders/{order_id}', timeout=60)\n"
        "        return found.json() if found.ok else None\n\n\n"
        "@pytest.fixture\n"
        "def shop(yabandpay):\n"
        "    with Driven(yabandpay.url, yabandpay.user, yabandpay.secret_key) as shop:\n"
        "        yield shop\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_each_answer_means_what_the_table_says() -> None:
    shop = ReachedShop(lambda: "", None)
    understood = {
        row[0].strip("`"): shop.understood(row[0].strip("`")) for row in rows(PAGE, "answer") if "HTTP" not in row[0]
    }
    assert {answer: (state.kind, state.effects) for answer, state in understood.items()} == {
        "paid": ("paid", None), "paid 1": ("paid", 1), '{"state": "paid", "shipments": 1}': ("paid", 1),
    }  # fmt: skip
    assert shop.understood(None).kind == "unknown"
    assert shop.understood("null").kind == "unknown"
    assert ast.literal_eval(repr(shop.understood("odd").kind)) is None


def test_every_verdict_but_passed_is_explained() -> None:
    assert [row[0] for row in rows(PAGE, "verdict")] == [
        "lost money", "lost an order", "unsafe habit", "not graded",
    ]  # fmt: skip
    assert set(VERDICTS) == {row[0] for row in rows(PAGE, "verdict")} | {"passed"}
