"""Strict mode: what fails a test at its end, what does not, and what `serve --strict` reports at its stop."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.client import RefusedError, YabandPay
from mockserver.settings import Settings
from mockserver.testing import FindingsError, NotAsExpectedError, RunningSandbox, Sandbox
from tests.helpers import SECRET_KEY, USER
from tests.serving import COMMAND, ENVIRONMENT, Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import MerchantAccount

pytestmark = pytest.mark.slow
ORDER = {"amount": "24.99", "currency": "EUR", "description": "Tea", "notify_url": "https://www.yabandpay.com/n"}
SUITE = """
import pytest
import requests
from mockserver.client import RefusedError

ORDER = {"amount": "24.99", "currency": "EUR", "description": "Tea"}

def buy(account, order_id="A-1", **changes):
    return account.client.create_alipay_mini_payment(
        **{"order_id": order_id, "notify_url": account.merchant.url, **ORDER, **changes})

def test_fine(yabandpay):
    yabandpay.use("declined", times=1)
    buy(yabandpay)

def test_hinted(yabandpay):
    buy(yabandpay, "DECLNED-1")

def test_unused(yabandpay):
    yabandpay.use("declined", times=2)
    buy(yabandpay)

def test_lost(yabandpay):
    requests.post(f"{yabandpay.url}/v3/Payments", json={})

@pytest.mark.yabandpay_strict(False)
def test_excepted(yabandpay):
    buy(yabandpay, "DECLNED-1")

def test_failed_already(yabandpay):
    buy(yabandpay, "DECLNED-1")
    assert not "its own failure"
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, log="none", pay_delay=20), strict=True) as running:
        yield running


def buy(account: MerchantAccount, order_id: str = "A-1", amount: str = "24.99") -> None:
    account.client.create_alipay_mini_payment(order_id=order_id, **{**ORDER, "amount": amount})


def findings(sandbox: RunningSandbox, body: str, **wanted: bool) -> list[str]:
    """The findings that fail a block in which this is done with an account `a`."""
    try:
        with sandbox.account(**wanted) as a:
            exec(body, {"a": a, "buy": buy, "requests": requests, "pytest": pytest, "RefusedError": RefusedError})  # noqa: S102 - of this file
    except FindingsError as error:
        return error.findings
    return []


REFUSED = "with pytest.raises(RefusedError): buy(a, amount='0.01')"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("buy(a)", []),
        ("buy(a, 'DECLNED-1')", ["hint: request 1 v3.CreatePaymentsAlipayMiniPay: order_id 'DECLNED-1' selects no"]),
        (REFUSED, ["refused: request 1 v3.CreatePaymentsAlipayMiniPay: -1000 amount must be at least EUR 0.10"]),
        ("a.use('declined', times=2); buy(a)", ["unused scenario: declined is still queued for 1 of the requests"]),
        ("a.use('declined', times=1); buy(a)", []),
        ("a.use('internal-error', times=1)\nwith pytest.raises(RefusedError): buy(a)", []),
        ("requests.post(a.url + '/v3/Payments', json={}, timeout=30)", ["not found: POST /v3/Payments"]),
        ("requests.get(a.url + '/favicon.ico', timeout=30)", []),
        ("requests.get(a.url + '/_sandbox/api/nothing', timeout=30)", []),
        ("requests.post(a.url + '/Payments', json={'user': 'x'}, timeout=30)",
         ["refused: requests of unknown users: request"]),
        (f"with a.expect_refusal():\n {REFUSED}", []),
        (f"with a.expect_refusal('-1*'):\n {REFUSED}\n{REFUSED}", ["refused: request 2 "]),
        ("with a.expect_hint('*DECLNED-1*'): buy(a, 'DECLNED-1')\nbuy(a, 'DECLNED-1')", ["hint: request 2 "]),
        (f"{REFUSED}\na.expect_requests(code='-1000', exactly=1)", []),
        (f"{REFUSED}\na.wait_for_requests(code='-1000')", []),
        (f"{REFUSED}\na.expect_requests(exactly=1)", ["refused: request 1 "]),
    ],
)  # fmt: skip
def test_what_fails_a_strict_account(sandbox: Sandbox, body: str, found: list[str]) -> None:
    lines = findings(sandbox, body)
    assert len(lines) == len(found), lines
    assert all(line.startswith(start) for line, start in zip(lines, found, strict=True)), lines
    assert findings(sandbox, body, strict=False) == []


def test_an_expectation_that_is_not_met_fails(sandbox: Sandbox) -> None:
    with sandbox.account() as account:
        with pytest.raises(NotAsExpectedError, match="no request was refused so"), account.expect_refusal("-403"):
            buy(account)
        with pytest.raises(NotAsExpectedError, match="no request had one"), account.expect_hint("*"):
            buy(account)


def test_a_shared_sandbox_reports_only_the_accounts_own_requests(sandbox: Sandbox) -> None:
    with RunningSandbox(sandbox.url, strict=True) as shared:
        assert findings(shared, "requests.post(a.url + '/v3/Payments', json={}, timeout=30)") == []
        assert findings(shared, "requests.post(a.url + '/Payments', json={'user': 'x'}, timeout=30)") == []
        assert len(findings(shared, "buy(a, 'DECLNED-1')")) == 1


def test_what_the_journal_has_dropped_is_reported() -> None:
    with Sandbox(Settings(port=0, journal_size=1, log="none", strict=True)) as small:
        assert findings(small, "buy(a)\nbuy(a)") == [
            "not checked: 1 earlier requests, which the journal no longer lists"
        ]


@pytest.mark.parametrize(
    ("options", "ini"), [(["--yabandpay-strict"], ""), ([], "yabandpay_strict = true\n"), ([], "")]
)
def test_a_suite_of_pytest(tmp_path: Path, options: list[str], ini: str) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = --strict-markers\n{ini}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=ENVIRONMENT, check=False).stdout
    failed = sorted(re.findall(r"^FAILED test_suite.py::(\w+)", printed, flags=re.MULTILINE))
    is_strict = bool(options or ini)
    assert failed == ["test_failed_already", *(["test_hinted", "test_lost", "test_unused"] if is_strict else [])], (
        printed
    )
    assert "ERROR" not in printed
    assert ("FindingsError: 1 findings in strict mode" in printed) == is_strict


def test_unittest(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import unittest\nfrom mockserver.testing import SandboxMixin\n"
        "class T(SandboxMixin, unittest.TestCase):\n    sandbox_strict = True\n"
        "    def test_it(self):\n        self.yabandpay.use('declined', times=1)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "unittest", "test_it"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 1
    assert "unused scenario: declined is still queued for 1" in done.stderr
    assert "FAILED (failures=1)" in done.stderr


def test_the_api_lists_and_clears_findings() -> None:
    with Sandbox(Settings(port=0, log="none")) as sandbox:
        api = f"{sandbox.url}/_sandbox/api"
        with sandbox.account() as account:
            buy(account, "DECLNED-1")
            account.use("declined", times=1)
            user = account.user
            kinds = [one["kind"] for one in requests.get(f"{api}/findings", timeout=30).json()["items"]]
            assert kinds == ["hint", "unused scenario"]
        requests.get(f"{sandbox.url}/payments?x={SECRET_KEY}", timeout=30)
        requests.post(f"{sandbox.url}/Payments", json={"user": "nobody"}, timeout=30)
        found = requests.get(f"{api}/findings", timeout=30).json()
        assert found["total"] == 4
        assert [(one["kind"], one["user"], one["number"]) for one in found["items"]] == [
            ("hint", user, 1), ("unused scenario", user, 0), ("not found", "", 0),
            ("refused", "", 1),
        ]  # fmt: skip
        assert 'yabandpay_findings_total{kind="hint"} 1' in requests.get(f"{api}/metrics", timeout=30).text
        assert requests.delete(f"{api}/findings", timeout=30).status_code == 204
        assert requests.get(f"{api}/findings", timeout=30).json() == {"total": 0, "items": []}


def test_more_findings_than_are_kept_are_counted() -> None:
    with Sandbox(Settings(port=0, log="none")) as sandbox:
        for number in range(203):
            sandbox.app.findings.take_unknown_address("GET", f"/{number}\n")
        found = requests.get(f"{sandbox.url}/_sandbox/api/findings", timeout=30).json()
    assert (found["total"], len(found["items"]), found["items"][0]["text"]) == (203, 200, "GET /0?")


def test_serve_strict_exits_with_1_and_lists_the_findings() -> None:
    server = Serving("--strict")
    client = YabandPay(USER, SECRET_KEY, server.url)
    client.create_alipay_mini_payment(order_id="A-1", **ORDER)
    client.create_alipay_mini_payment(order_id="DECLNED-1", **ORDER)
    requests.post(f"{server.url}/v3/Payments", json={}, timeout=30)
    requests.post(f"{server.url}/_sandbox/api/accounts/{USER}/scenarios", json={"scenario": "review"}, timeout=30)
    status, errors = server.stop()
    assert status == 1
    assert [line.partition(":")[0] for line in errors.splitlines()] == [
        "3 findings (--strict)", "  hint", "  not found", "  unused scenario",
    ]  # fmt: skip


def test_serve_strict_without_findings_exits_with_0() -> None:
    server = Serving("--strict")
    YabandPay(USER, SECRET_KEY, server.url).create_alipay_mini_payment(order_id="A-1", **ORDER)
    assert server.stop() == (0, "")


def test_workers_cannot_be_strict() -> None:
    options = ["--workers", "2", "--strict", "--database", "postgresql+psycopg://x/y"]
    done = subprocess.run([*COMMAND, "serve", *options], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 2
    assert "--strict needs one process" in done.stderr
