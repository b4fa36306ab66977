"""docs/extending.md, executed: its changes are made to a copy of the sandbox, whose guards and commands are then run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.reading import blocks, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
GUARDS = {row[0].strip("`") for row in rows(PAGE, "test")}
CORPUS = "tests/explain/test_corpus.py::test_the"
ADDED = [
    "tests/gateway/test_echo.py",
    "tests/scenarios/test_answers.py::test_late_body",
    "tests/cli/test_title.py",
    "tests/pages/test_statistics.py",
    "tests/pages/test_gallery.py::test_every_documented_error_and_the_worst_faults_have_advice",
    f"{CORPUS}_recorded_corpus_is_of_these_programs",
    f"{CORPUS}_mistakes_of_a_case_are_named[python/sorted-from-the-end.py]",
]
UNRAISABLE = "pytest.PytestUnraisableExceptionWarning"
COPIED = (
    "mockserver",
    "scenarios",
    "tests",
    "docs",
    "README.md",
    "README.zh-CN.md",
    "CONTRIBUTING.md",
    "pyproject.toml",
)
_PLACE = re.compile(r"^#+ ([^\n]+)$|`([\w/.-]+\.\w+)`:\n|^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
ALONE = {"PATH": os.defpath, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # no settings of whoever runs this


class Change(NamedTuple):
    """A block of the page: the heading above it, the file that it is about, and a whole new file or a change."""

    heading: str
    file: str
    language: str
    block: str


def changes() -> Iterator[Change]:
    heading = file = ""
    for place in _PLACE.finditer(PAGE):
        heading, file = place[1] or heading, place[2] or ("" if place[1] else file)
        if place[3] not in {None, "sh"}:
            yield Change(heading, file, place[3], place[4])


def changed(text: str, diff: str) -> str:
    """A text with one change made to it, which must have exactly one place."""
    lines = diff.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] in {" ", "-"})
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] in {" ", "+"})
    assert text.count(before) == 1, f"{text.count(before)} places for\n{before}"
    return text.replace(before, after)


def make(change: Change, folder: Path) -> None:
    file = folder / change.file
    if change.language != "diff":
        assert not file.exists(), change.file
        file.write_text(change.block, encoding="utf-8")
    else:
        file.write_text(changed(file.read_text(encoding="utf-8"), change.block), encoding="utf-8")


def copy(folder: Path) -> Path:
    """The parts of the project that the page is about."""
    leave_out = shutil.ignore_patterns("images")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=leave_out)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def started(folder: Path, *command: str) -> subprocess.Popen[str]:
    """Python, run in a copy with the copy's own modules."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *command], cwd=folder, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True,
        env={**ALONE, "PYTHONPATH": str(folder)},
    )  # fmt: skip


def run(folder: Path, *command: str) -> str:
    process = started(folder, *command)
    reported = process.communicate()[0]
    assert process.returncode == 0, reported
    return reported


def guards(*tests: str) -> list[str]:
    """What runs tests of a copy; whether they leave something open, they tell where they are at home."""
    options = ["-q", "-rfEp", "--tb=short", "-p", "no:cacheprovider", "-W", f"ignore::{UNRAISABLE}"]
    return ["-m", "pytest", *options, *sorted(tests)]


def verdicts(reported: str, verdict: str) -> set[str]:
    """The tests that a run tells as passed or failed, without their parameters."""
    return set(re.findall(rf"^{verdict} ([\w/.]+::\w+)", reported, re.MULTILINE))


# As tests/explain/record.py does, but of new programs only: the others need Node, PHP and a JDK.
RECORDING = """
import json
from tests.explain.record import CORPUS, body_of, programs
recorded = {case["path"]: case for case in json.loads(CORPUS.read_text(encoding="utf-8"))}
cases = [
    recorded.get(one.name)
    or {"path": one.name, "language": one.language, "mistakes": one.mistakes, "secret_key": one.secret_key,
        "body": body_of(one)}
    for one in programs()
]
CORPUS.write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")
"""


@pytest.fixture(scope="module", autouse=True)
def red(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """The guards, at work beside the other tests, on a copy to which only the code on the page was added."""
    folder = copy(tmp_path_factory.mktemp("bare"))
    for change in changes():
        if change.heading == "Code":
            make(change, folder)
    with started(folder, *guards(*GUARDS)) as process:
        yield process


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to which everything on the page was done."""
    folder = copy(tmp_path_factory.mktemp("complete"))
    for change in changes():
        make(change, folder)
    run(folder, "-m", "mockserver.pages.docs.reference")
    run(folder, "-c", RECORDING)
    return folder


@pytest.fixture(scope="module", autouse=True)
def green(complete: Path) -> Iterator[subprocess.Popen[str]]:
    """The guards and the added tests, at work on the complete copy."""
    with started(complete, *guards(*GUARDS, *ADDED)) as process:
        yield process


SERVED = """
import sys
from mockserver.settings import Settings
from mockserver.testing import Sandbox
ORDER = {"amount": "24.99", "currency": "EUR", "description": "Tea", "notify_url": "https://www.yabandpay.com/notify"}
with Sandbox(Settings(port=0)) as sandbox:
    trade_id = sandbox.client().create_alipay_mini_payment(order_id="A-1", **ORDER).trade_id
    print(sandbox.url, trade_id, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def served(complete: Path) -> Iterator[tuple[str, str]]:
    """The address of the complete copy, and the trade_id of a payment that was made there."""
    process = started(complete, "-c", SERVED)
    assert process.stdout is not None
    url, trade_id = process.stdout.readline().split()
    yield url, trade_id
    process.communicate()


def shell(folder: Path, script: str, url: str = "") -> str:
    """What a command of the page prints in a copy."""
    script = script.replace("http://127.0.0.1:8765", url).replace("curl ", "curl --silent ")
    script = re.sub(r"(?m)^( *)yabandpay-mock ", r"\1.venv/bin/python -m mockserver ", script)
    script = script.replace(".venv/bin/python", sys.executable)
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False,
        env={**ALONE, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "not found" not in done.stderr
    return done.stdout


def test_what_is_pasted_is_clean(complete: Path) -> None:
    files = sorted(
        {change.file for change in changes() if change.file.endswith(".py") and "programs" not in change.file}
    )
    assert len(files) == 16
    run(complete, "-m", "ruff", "check", "--no-cache", *files)
    run(complete, "-m", "ruff", "format", "--no-cache", "--check", *files)


COMMANDS = blocks(PAGE, "sh")


def test_the_method_is_seen(complete: Path, served: tuple[str, str]) -> None:
    url, trade_id = served
    command = re.sub("^TRADE_ID=.*", f"TRADE_ID={trade_id}", COMMANDS[0])
    data = json.loads(shell(complete, command, url))["data"]
    assert (data["trade_id"], data["order_id"], data["amount"]) == (trade_id, "A-1", "24.99")


def test_the_kind_is_played_over_http(complete: Path) -> None:
    answered, notified, listed = shell(complete, COMMANDS[1]).splitlines()
    assert json.loads(answered)["data"]["state"] == "issued"
    assert notified == "['redeemed']"
    [voucher] = json.loads(listed)["items"]
    assert (voucher["amount"], voucher["reference"], voucher["state"]) == ("5.00", "V-1", "redeemed")


def test_a_kind_comes_too_late_once_others_have_read_the_registry(complete: Path) -> None:
    process = started(complete, "-c", "import mockserver.app, vouchers")
    assert "Register the kind 'voucher' before mockserver.app" in process.communicate()[0]


# A scenario, a state that is set, a bundle and its copy, in both stores.
EVERYWHERE = """
import vouchers, requests, sys
from pathlib import Path
from mockserver.client import signed_request
from mockserver.settings import Settings
from mockserver.testing import Sandbox
Path("own.yaml").write_text(
    "name: expiring\\nsummary: s\\ntrigger: {order_id: 'EXPIRE-*'}\\nvoucher:\\n  - {after: 1s, state: expired}\\n"
)
for database in ("", "sqlite:///vouchers.db"):
    with Sandbox(Settings(port=0, log="none", database=database, scenarios=Path.cwd())) as sandbox, sandbox.account() as account:
        api = f"{account.url}/_sandbox/api"
        def issue(reference):
            data = {"amount": "5", "currency": "EUR", "reference": reference, "notify_url": account.merchant.url}
            body = {"user": account.user, "method": "v3.IssueVoucher", "time": 1, "data": data}
            answer = requests.post(f"{account.url}/Payments", data=signed_request(body, account.secret_key)).json()
            return answer["data"]["voucher_id"]
        expired, pushed = issue("EXPIRE-1"), issue("V-2")
        requests.post(f"{api}/accounts/{account.user}/vouchers/{pushed}/state", json={"state": "expired"}).raise_for_status()
        account.clock.advance("2s")
        illegal = requests.post(f"{api}/accounts/{account.user}/vouchers/{expired}/state", json={"state": "redeemed"})
        bundle = requests.get(f"{api}/accounts/{account.user}/bundle").json()
        copied = requests.post(f"{api}/bundles", json={"bundle": bundle, "user": "copy"})
        listed = requests.get(f"{api}/accounts/copy/vouchers", params={"state": "expired"}).json()["total"]
        print(illegal.status_code, copied.status_code, listed, sorted(n.state for n in account.merchant.notifications))
"""


def test_the_kind_is_in_scenarios_the_api_bundles_and_both_stores(complete: Path) -> None:
    process = started(complete, "-c", EVERYWHERE)
    printed = process.communicate()[0]
    assert process.returncode == 0, printed
    assert printed.splitlines() == ["409 201 2 ['expired', 'expired']"] * 2


def test_the_fault_is_seen(complete: Path, served: tuple[str, str]) -> None:
    reported = shell(complete, COMMANDS[2], served[0])
    assert "request: the body arrives 500ms after the headers" in reported
    times = re.search(r"headers after ([\d.]+) s, everything after ([\d.]+) s", reported)
    assert times, reported
    assert float(times[2]) - float(times[1]) > 0.25
    assert json.loads((complete / "answer.json").read_text(encoding="utf-8"))["code"] == "200"


def test_the_mistake_is_seen(complete: Path) -> None:
    reported = shell(complete, COMMANDS[3])
    assert "The keys were sorted by their last letters." in reported
    assert "Sort the keys by byte, beginning with the first." in reported


def test_the_setting_is_seen(complete: Path) -> None:
    printed = " ".join(shell(complete, COMMANDS[4]).split())
    assert "--title TEXT Name of this sandbox, to print when it starts." in printed


def test_the_page_is_seen(complete: Path, served: tuple[str, str]) -> None:
    page = shell(complete, COMMANDS[5], served[0])
    assert "<h1>统计</h1>" in page
    assert '/statistics" aria-current="page">统计</a>' in page


def test_the_guards_say_what_is_missing(red: subprocess.Popen[str], green: subprocess.Popen[str]) -> None:
    reported = green.communicate()[0]
    assert green.returncode == 0, reported
    assert verdicts(reported, "PASSED") >= GUARDS
    reported = red.communicate()[0]
    assert verdicts(reported, "FAILED") == GUARDS, reported


def test_everything_on_the_page_is_done_here() -> None:
    made = list(changes())
    assert all(change.file for change in made)
    assert {change.heading for change in made} == {
        "Code", "Client, documentation and tests", "Translations and tests", "Tests",
    }  # fmt: skip
    assert len(COMMANDS) == 6
    assert PAGE.count("```") == 2 * (len(made) + len(COMMANDS))
