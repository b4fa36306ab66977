"""Each measure against a real sandbox, with few requests: that it counts what it says, not how fast that is."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from bench import peer_servers
from bench.accounts import emptying
from bench.costs import Cost, cost_table, settings
from bench.costs import compare as compare_costs
from bench.goals import GOALS
from bench.load import REFUSED, Connection, as_http, creation, expect, pay_once, payment_data, put_load, requests
from bench.measures import MEASURES, WRONG_SIGNINGS, live, require_all, stop_under_load
from bench.merchant import Merchant
from bench.peers import compare, found_peers, own_servers, ratio_table, ratios, report_table
from bench.process import Server, accepted_notifications, sandbox, sandbox_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

FIGURES = {
    "creates": (0.002, {"creates-16", "creates-1"}),
    "stored": (0.001, {"stored"}),
    "lives": (0.005, {"lives-16", "lives-1"}),
    "due": (0.02, {"due"}),
    "drain": (0.01, {"drain"}),
    "start": (0.1, {"start"}),
    "explain": (0.02, {"explain"}),
    "memory": (0.01, {"idle", "payment"}),
    "stop": (0.1, {"stop-idle", "stop-load"}),
}


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with Merchant() as started:
        yield started


def notify(merchant: Merchant, order_id: str) -> bytes:
    body = json.dumps({"data": {"order_id": order_id}}).encode()
    with Connection(merchant.port) as connection:
        return connection.ask(as_http(body, "/notify")).body


def test_every_goal_has_a_measure() -> None:
    assert set(FIGURES) == set(MEASURES)
    assert set().union(*(names for _, names in FIGURES.values())) == set(GOALS)


@pytest.mark.parametrize("name", FIGURES)
def test_a_measure_gives_its_figures(name: str) -> None:
    scale, expected = FIGURES[name]
    if name == "start" and peer_servers.httpserver() is None:
        pytest.skip("pytest-httpserver is not installed: see docs/performance.md")
    figures = MEASURES[name](scale)
    assert set(figures) == expected
    assert all(figure.value > 0 for figure in figures.values() if figure is not figures.get("payment"))


def test_the_merchant_acknowledges_counts_and_forgets(merchant: Merchant) -> None:
    assert [notify(merchant, order) for order in ("a", "b", "a")] == [b"ok"] * 3
    last = merchant.wait_for(3)
    arrivals = merchant.arrivals()
    assert [json.loads(body)["data"]["order_id"] for _, body in arrivals] == ["a", "b", "a"]
    assert [instant for instant, _ in arrivals] == sorted(instant for instant, _ in arrivals)
    assert arrivals[-1][0] == last
    assert merchant.orders() == {"a": arrivals[0][0], "b": arrivals[1][0]}
    merchant.forget()
    assert merchant.arrivals() == []


def test_lives_are_counted_at_the_merchant_and_in_the_sandbox(merchant: Merchant) -> None:
    with sandbox("--pay-delay", "1ms") as server:
        lives = live(server, merchant, 1, 40, 4)
        assert (len(merchant.orders()), accepted_notifications(server)) == (40, 40)
    assert 0 < lives.per_second <= lives.notified_per_second
    assert lives.created.p50 <= lives.created.p99


@pytest.mark.parametrize(("notified", "accepted"), [(9, 10), (10, 9), (11, 10)])
def test_a_payment_that_was_not_notified_or_not_acknowledged_is_an_error(notified: int, accepted: int) -> None:
    require_all(10, 10, 10)
    with pytest.raises(ValueError, match="of 10 payments"):
        require_all(10, notified, accepted)


def test_every_wrong_signature_is_refused_and_some_are_named() -> None:
    reasons = []
    with sandbox() as server, Connection(server.port) as connection:
        for number, signing in enumerate(WRONG_SIGNINGS):
            response = connection.ask(as_http(creation(payment_data(str(number)), signed_with=signing)))
            expect(response, REFUSED)
            reasons.append(response.head.partition(b"x-sandbox-reason: ")[2])
    assert all(reasons)
    assert sum(reason.startswith(b"no known mistake") for reason in reasons) == 2
    assert len(set(reasons)) == len(reasons) - 1


def test_a_stop_begins_while_requests_are_still_sent() -> None:
    server = sandbox("--pay-delay", "1h")
    assert stop_under_load(server, requests(1, 2_000), after=20) > 0
    assert server.process.poll() == 0


def test_a_load_that_ends_before_the_server_does_is_an_error() -> None:
    server = sandbox("--pay-delay", "1h")
    with pytest.raises(ValueError, match="too small"):
        stop_under_load(server, requests(1, 1), after=1)
    assert server.process.poll() is not None


def test_settings_of_the_environment_do_not_reach_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YABANDPAY_MOCK_SECRET_KEY", "another")
    with sandbox() as server:
        pay_once(server.port, requests(1, 1)[0])


def test_a_server_that_ends_at_its_start_is_an_error() -> None:
    with pytest.raises(OSError, match="refused"):
        Server(lambda _: [sys.executable, "-c", ""])


def test_a_server_that_refuses_its_first_payment_is_stopped() -> None:
    port = 0

    def command(chosen: int) -> list[str]:
        nonlocal port
        port = chosen
        return sandbox_command("--secret-key", "another")(chosen)

    with pytest.raises(ValueError, match="403"):
        Server(command)
    with pytest.raises(OSError, match="refused"):
        pay_once(port, requests(1, 1)[0])


def test_memory_and_cpu_are_those_of_the_server() -> None:
    with sandbox("--pay-delay", "1h") as server:
        memory, cpu = server.memory(), server.cpu_seconds()
        put_load(server.port, requests(1, 3_000), 4)
        assert server.memory() > memory
        assert server.cpu_seconds() > cpu


def test_emptying_an_account_is_measured_as_often_as_said() -> None:
    assert len(emptying(20)) == 3


def test_settings_are_compared_with_the_first(tmp_path: Path) -> None:
    compared = settings(tmp_path)
    lines = cost_table(compare_costs(compared, scale=0.005)).splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == list(compared)
    assert "(1.00)" in lines[2]


def test_own_servers_are_compared_and_only_the_sandbox_has_lives() -> None:
    reports = compare(own_servers(), times=1, scale=0.002)
    assert [report.lives is not None for report in reports] == [True, False, False]
    assert len(report_table(reports).splitlines()) == 5
    assert [line.split(" | ")[0] for line in ratio_table(reports).splitlines()[2:]] == [
        "| parse, verify, store",
        "| a constant response",
    ]
    assert ratios(reports) == {}


def test_the_bare_server_verifies_the_signature() -> None:
    bare = own_servers()[1]
    with bare.start() as server, Connection(server.port) as connection:
        expect(connection.ask(as_http(creation(payment_data("1"), signed_with=WRONG_SIGNINGS[0]))), REFUSED)


def test_peers_that_are_installed_are_compared(tmp_path: Path) -> None:
    peers = found_peers(tmp_path)
    if not peers:
        pytest.skip("no peer is installed: see docs/performance.md")
    reports = compare([own_servers()[0], *peers], times=1, scale=0.002)
    told = {report.peer.name: report.lives is not None for report in reports}
    assert told == {"the sandbox": True, **{peer.name: peer.name == "WireMock" for peer in peers}}
    assert set(ratios(reports)) == ({"creates-16", "lives-16"} if "WireMock" in told else set())


def test_too_little_processor_time_is_no_ratio() -> None:
    """The system counts it in hundredths of a second, of which a run of a few requests may take none."""
    costs = {"first": Cost(100, 1, 0, 50), "second": Cost(50, 1, 10, 50)}
    assert cost_table(costs).count("too little to be counted") == 2
