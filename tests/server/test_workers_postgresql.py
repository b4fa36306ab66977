"""Several processes with one PostgreSQL database: one sandbox, whichever of them answers."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.client import YabandPay
from tests.helpers import SECRET_KEY, USER
from tests.server.workers import Workers, answer_to
from tests.sockets import connect, payment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the tests find workers in /proc"),
]


@pytest.fixture
def workers(tmp_path: Path, postgres_database: str) -> Iterator[Workers]:
    with Workers(tmp_path, "--database", postgres_database, "--pay-delay", "1h", shares_database=True) as running:
        yield running


def test_what_one_worker_creates_all_of_them_find(workers: Workers) -> None:
    created = re.findall(rb'"trade_id":"([^"]+)"', b"".join(workers.pay(16)))
    assert len(set(created)) == 16
    for trade_id in created:
        client = YabandPay(USER, SECRET_KEY, workers.url)  # a new connection, to either worker
        assert client.query_order(trade_id.decode()).state == "processing"
    assert workers.stop() == (0, "")


def test_the_accounts_of_a_file_are_created_once(tmp_path: Path, postgres_database: str) -> None:
    accounts = tmp_path / "accounts.yaml"
    accounts.write_text(
        "accounts: [{user: shop, secret_key: shop-secret-key, payments: [{order_id: A-1, amount: '1.00', state: paid}]}]"
    )
    options = ["--database", postgres_database, "--accounts", str(accounts)]
    with Workers(tmp_path, *options, count=4, shares_database=True) as workers:
        workers.kill(workers.pids[0])
        for _ in range(8):
            assert YabandPay("shop", "shop-secret-key", workers.url).list_orders().total == 1
        assert workers.stop() == (0, "")


def test_what_was_answered_outlives_the_worker_that_answered(workers: Workers) -> None:
    with ExitStack() as closing:
        client = closing.enter_context(connect(workers.url))
        client.sendall(payment("kept"))
        (trade_id,) = re.findall(rb'"trade_id":"([^"]+)"', answer_to(client))
        for pid in workers.pids:
            workers.kill(pid)
    assert YabandPay(USER, SECRET_KEY, workers.url).query_order(trade_id.decode()).order_id == "kept"
    assert workers.stop() == (0, "")
