"""docs/extending.md, executed: its changes are made to a copy of the sandbox, and what comes out is played."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.gateway.example import documented_request
from mockserver.signing import sign, signed_parameters
from tests.helpers import SECRET_KEY, USER

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
_PLACE = re.compile(r"`(mockserver/[\w/]+\.py)`:\n|^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def changed(text: str, diff: str) -> str:
    """A text with one change made to it, which must have exactly one place."""
    lines = diff.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] in {" ", "-"})
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] in {" ", "+"})
    assert text.count(before) == 1, f"{text.count(before)} places for\n{before}"
    return text.replace(before, after)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sandbox to which everything on the page was done, and the page's scenario."""
    folder = tmp_path_factory.mktemp("extended")
    shutil.copytree(ROOT / "mockserver", folder / "mockserver", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder
    for place in _PLACE.finditer(PAGE):
        name, language, block = place.groups()
        if name:
            file = folder / name
        elif language == "python":
            file.write_text(block, encoding="utf-8")
        elif language == "diff":
            file.write_text(changed(file.read_text(encoding="utf-8"), block), encoding="utf-8")
        else:
            (folder / "own").mkdir()
            (folder / "own" / "doubled.yaml").write_text(block, encoding="utf-8")
    return folder


def run(folder: Path, *command: str, text: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, input=text, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


PLAYED = """
from pathlib import Path
import mockserver
assert Path(mockserver.__file__).is_relative_to(Path.cwd())
from mockserver.client import UnexpectedAnswerError
from mockserver.settings import Settings
from mockserver.testing import Sandbox
ORDER = {"amount": "24.99", "currency": "EUR", "description": "Tea", "notify_url": "https://www.yabandpay.com/notify"}
with Sandbox(Settings(port=0, scenarios=Path("own"))) as sandbox, sandbox.account() as account:
    payment = account.client.create_alipay_mini_payment(order_id="A-1", **ORDER)
    print(account.client.call("v3.EchoOrder", {"trade_id": payment.trade_id}))
    try:
        account.client.create_alipay_mini_payment(order_id="DOUBLEDANSWER-1", **ORDER)
    except UnexpectedAnswerError as error:
        print(error)
    print([(one.order_id, one.scenario) for one in account.payments])
"""


def test_the_method_answers_and_the_fault_is_played(extended: Path) -> None:
    echoed, refused, orders = run(extended, "-c", PLAYED).splitlines()
    assert echoed == "{'order_id': 'A-1', 'amount': '24.99'}"
    assert re.search(r'"message":""\}\{"status":true|without the gateway', refused)
    assert orders == "[('A-1', 'usual'), ('DOUBLEDANSWER-1', 'doubled-answer')]"


def test_the_fault_is_told_in_words(extended: Path) -> None:
    shown = run(extended, "-m", "mockserver", "scenarios", "show", "doubled-answer", "--scenarios", "own")
    assert "the body comes twice" in shown


def test_the_mistake_is_explained(extended: Path) -> None:
    request = documented_request(USER)
    parameters = sorted(signed_parameters(request).items(), key=lambda item: item[0][::-1])
    request["sign"] = sign("&".join(f"{name}={value}" for name, value in parameters), SECRET_KEY)
    told = run(extended, "-m", "mockserver", "explain", "--secret-key", SECRET_KEY, text=json.dumps(request))
    assert "The keys were sorted by their last letters." in told
    assert "Sort the keys by byte, beginning with the first." in told


def test_every_change_on_the_page_is_made() -> None:
    kinds = [place[2] for place in _PLACE.finditer(PAGE) if place[2]]
    assert kinds == ["python", *["diff"] * 9, "yaml", *["diff"] * 3]
    assert PAGE.count("```") == 2 * len(kinds)
