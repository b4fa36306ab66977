"""A sandbox in the process of tests that freeze its time, answer its HTTP, or close its network."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.client import SignatureError, YabandPay, signed_request
from mockserver.clock import SystemClock, http_date, monotonic, stopwatch
from mockserver.gateway.example import documented_request
from mockserver.server.readiness import call_sandbox
from mockserver.settings import Settings
from mockserver.testing import MerchantAccount, NotAsExpectedError, Sandbox
from mockserver.testing.sandbox import quick_settings
from mockserver.threads import RealTimeLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
FROZEN = "2020-01-01"
SYSTEM_TIME = "ignore:System time is way off"  # of urllib3, which believes the frozen time


def tool(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed")


def patched_time() -> AbstractContextManager[object]:
    stopped = {"time": 5.0, "monotonic": 5.0, "perf_counter": 5.0, "time_ns": 5_000_000_000}

    @contextmanager
    def patched() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in stopped.items():
                patch.setattr(time, name, lambda value=value: value)
            patch.setattr(time, "sleep", lambda _seconds: None)
            yield

    return patched()


FREEZERS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "freezegun": lambda: tool("freezegun").freeze_time(FROZEN),
    "freezegun in the future": lambda: tool("freezegun").freeze_time("2190-01-01", tz_offset=-8),
    "freezegun that ticks itself": lambda: tool("freezegun").freeze_time(FROZEN, auto_tick_seconds=15),
    "freezegun with real asyncio": lambda: tool("freezegun").freeze_time(FROZEN, real_asyncio=True),
    "time-machine": lambda: tool("time_machine").travel(FROZEN, tick=False),
    "time-machine that runs": lambda: tool("time_machine").travel("2190-01-01", tick=True),
    "monkeypatch": patched_time,
}


@pytest.fixture(scope="module")
def house() -> Iterator[Sandbox]:
    with Sandbox(quick_settings()) as sandbox:
        yield sandbox


def live(account: MerchantAccount) -> None:
    """All that a test does with an account, with an order that the client creates."""
    trade_id = account.client.create_alipay_mini_payment(
        order_id="A-1", amount="24.99", currency="EUR", description="Tea", notify_url=account.merchant.url
    ).trade_id
    account.wait_for("paid", trade_id=trade_id)
    account.merchant.wait_for(1)
    account.wait_until_quiet()
    with pytest.raises(NotAsExpectedError, match="After 20ms, the order was paid, not declined"):
        account.wait_for("declined", trade_id=trade_id, timeout="20ms")
    with pytest.raises(TimeoutError, match="expected 2 notifications within 20ms"):
        account.merchant.wait_for(2, timeout="20ms")
    with pytest.raises(SignatureError, match="case of the secret key"):
        YabandPay(account.user, account.secret_key.upper(), account.url).query_order(trade_id)
    account.clock.advance("1h")


@pytest.mark.parametrize("freeze", FREEZERS.values(), ids=FREEZERS)
def test_time_is_real_where_a_test_freezes_it(freeze: Callable[[], AbstractContextManager[object]]) -> None:
    frozen, real_date = freeze(), http_date()[:16]
    with closing(RealTimeLoop()) as loop:
        before = SystemClock().now(), monotonic(), stopwatch(), loop.time()
        with frozen:
            clock = SystemClock()
            for seconds, then in zip((monotonic, stopwatch, loop.time), before[1:], strict=True):
                assert then < seconds() < then + 600
            assert before[0] <= clock.now() < before[0] + 600_000
            assert http_date()[:16] == real_date
        assert before[0] <= clock.now() < before[0] + 600_000


@pytest.mark.filterwarnings(SYSTEM_TIME)
@pytest.mark.parametrize("freeze", FREEZERS.values(), ids=FREEZERS)
def test_a_running_sandbox_lives_on(house: Sandbox, freeze: Callable[[], AbstractContextManager[object]]) -> None:
    with freeze(), house.account() as account:
        live(account)
        assert 2020 < account.clock.now.year < 2190


@pytest.mark.filterwarnings(SYSTEM_TIME)
@pytest.mark.parametrize("freeze", FREEZERS.values(), ids=FREEZERS)
@pytest.mark.parametrize("database", ["", "sqlite:///{}/sandbox.db"], ids=["memory", "SQLite"])
def test_a_sandbox_starts_in_frozen_time(
    tmp_path: Path, freeze: Callable[[], AbstractContextManager[object]], database: str
) -> None:
    ca_file = tmp_path / "ca.pem"
    settings = Settings(
        port=0, log="none", pay_delay=20, tls=True, tls_port=0, ca_file=ca_file,
        database=database.format(tmp_path),
    )  # fmt: skip
    with freeze(), Sandbox(settings) as sandbox:
        with sandbox.account() as account:
            live(account)
        assert requests.get(f"{sandbox.secure_url}/_sandbox/api/health/ready", verify=str(ca_file), timeout=60).ok


def test_an_account_is_given_the_frozen_time_if_a_test_wants_it(house: Sandbox) -> None:
    with house.account(clock={"kind": "frozen", "at": "2020-01-01T00:00:00Z"}) as account:
        assert account.clock.now.isoformat() == "2020-01-01T00:00:00+00:00"


@contextmanager
def only_this_machine() -> Iterator[None]:
    guard = tool("pytest_socket")
    guard.socket_allow_hosts(["127.0.0.1"])
    yield
    guard._remove_restrictions()


@contextmanager
def proxied() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            patch.setenv(name, "http://127.0.0.1:1")
        yield


MOCKS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "requests-mock": lambda: tool("requests_mock").Mocker(),
    "responses": lambda: tool("responses").RequestsMock(),
    "respx": lambda: tool("respx").mock(),
    "vcrpy": lambda: tool("vcr").use_cassette("never written.yaml", record_mode="none"),
    "pytest-socket": only_this_machine,
    "a proxy": proxied,
}


def order_of(account: MerchantAccount) -> bytes:
    """A request that creates an order."""
    return signed_request(documented_request(account.user, notify_url=account.merchant.url), account.secret_key)


def buy_elsewhere(account: MerchantAccount) -> None:
    """Create an order as an application in another process does, whose HTTP the test does not mock."""
    assert b'"200"' in call_sandbox(account.url, "POST", "/Payments", timeout=60, body=order_of(account))[1]


@pytest.mark.parametrize("starts", ["before", "inside"])
@pytest.mark.parametrize("mock", MOCKS.values(), ids=MOCKS)
def test_control_calls_reach_the_sandbox_where_a_test_mocks_http(
    mock: Callable[[], AbstractContextManager[object]], starts: str
) -> None:
    outer, inner = (mock, nullcontext) if starts == "inside" else (nullcontext, mock)
    with outer(), Sandbox(quick_settings()) as sandbox, inner(), sandbox.account() as account:
        account.use("declined", times=1)
        buy_elsewhere(account)
        account.clock.advance("1h")
        account.wait_for("declined")
        account.merchant.wait_for(1)
        assert account.report().startswith("account")
        assert (len(account.payments), len(account.requests), len(account.notifications)) == (1, 1, 1)


def pay_with_requests(account: MerchantAccount) -> None:
    account.client.create_alipay_mini_payment(
        order_id="A-1", amount="24.99", currency="EUR", description="Tea", notify_url=account.merchant.url
    )


def pay_through_requests_mock(account: MerchantAccount) -> None:
    with tool("requests_mock").Mocker(real_http=True):
        pay_with_requests(account)


def pay_through_responses(account: MerchantAccount) -> None:
    with tool("responses").RequestsMock() as mock:
        mock.add_passthru(account.url)
        pay_with_requests(account)


def pay_through_respx(account: MerchantAccount) -> None:
    with tool("respx").mock() as mock:
        mock.route(host="127.0.0.1").pass_through()
        assert tool("httpx").post(f"{account.url}/Payments", content=order_of(account), timeout=60).json()["status"]


def pay_through_vcrpy(account: MerchantAccount) -> None:
    with tool("vcr").use_cassette("never written.yaml", record_mode="none", ignore_localhost=True):
        pay_with_requests(account)


@pytest.mark.parametrize(
    "pay", [pay_through_requests_mock, pay_through_responses, pay_through_respx, pay_through_vcrpy]
)
def test_an_application_reaches_the_sandbox_as_the_page_says(
    house: Sandbox, pay: Callable[[MerchantAccount], None]
) -> None:
    with house.account() as account:
        pay(account)
        account.wait_for("paid")
        account.wait_until_quiet()


def test_no_sandbox_starts_where_all_sockets_are_closed() -> None:
    guard = tool("pytest_socket")
    guard.disable_socket()
    try:
        with pytest.raises(guard.SocketBlockedError), pytest.warns(UserWarning, match="tried to use socket"):
            Sandbox(quick_settings()).__enter__()
    finally:
        guard.enable_socket()


def test_the_client_of_the_sandboxs_own_account_asks_no_proxy(house: Sandbox) -> None:
    with proxied():
        assert house.client().list_orders().total == 0


def test_what_is_imported_first_in_frozen_time_and_within_a_cassette_is_real_too(tmp_path: Path) -> None:
    for name in ("freezegun", "vcr", "requests_mock"):
        tool(name)
    code = """
import sys, freezegun, vcr, requests_mock
assert not any(name.startswith("mockserver.") for name in sys.modules)
with freezegun.freeze_time("2020-01-01"), vcr.use_cassette("x.yaml", record_mode="none"), requests_mock.Mocker():
    from mockserver.clock import SystemClock, monotonic
    assert SystemClock().now() > 1_700_000_000_000 and monotonic() < 1_500_000_000
    from mockserver.testing import NotAsExpectedError, Sandbox
    with Sandbox() as sandbox, sandbox.account() as account:
        try:
            account.wait_for("paid", timeout="20ms")
        except NotAsExpectedError as error:
            print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout == "After 20ms, there was no matching order.\n", done.stderr
