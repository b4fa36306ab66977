"""Files and long lists go out in pieces over HTTP, from either store, while payments go on."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.testing import Sandbox
from tests.helpers import USER, create, signed_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.clock import FrozenClock
    from mockserver.settings import Settings

PAYMENTS = 1100
DAY = 24 * 3600 * 1000


@pytest.fixture(params=["memory", "sqlite"])
def busy(request: pytest.FixtureRequest, settings: Settings, clock: FrozenClock, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox with more paid payments than one piece holds."""
    database = f"sqlite:///{tmp_path / 'sandbox.db'}" if request.param == "sqlite" else ""
    with Sandbox(replace(settings, database=database), clock=clock) as sandbox:
        for number in range(PAYMENTS):
            create(sandbox.app, order_id=str(number), notify_url="https://mapi.yabandpay.com/refused")
        clock.advance(1000)
        sandbox.app.worker.run_due(USER)
        yield sandbox


def asked(sandbox: Sandbox, method: str, **data: str) -> requests.Response:
    return requests.post(f"{sandbox.url}/Payments", data=signed_call(method, data), timeout=60, stream=True)


def test_a_file_comes_in_pieces(busy: Sandbox, clock: FrozenClock) -> None:
    now = clock.now() // 1000
    response = asked(busy, "v3.BatchQuery", start_time=str(now - 60), end_time=str(now))
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="payments_')
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.headers["X-Sandbox-Record"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["order_id"] for row in rows] == [str(number) for number in range(PAYMENTS)]


def test_a_payment_is_answered_while_a_file_is_read(busy: Sandbox, clock: FrozenClock) -> None:
    now = clock.now() // 1000
    response = asked(busy, "v3.BatchQuery", start_time=str(now - 60), end_time=str(now))
    pieces = response.iter_content(100)
    first = next(pieces)
    assert create(busy.app)["status"] is True
    assert len((first + b"".join(pieces)).splitlines()) == PAYMENTS + 1


def test_a_long_list_is_one_envelope(busy: Sandbox, clock: FrozenClock) -> None:
    now = clock.now() // 1000
    clock.advance(2 * DAY)
    response = asked(busy, "v3.GetTradebill", command="getTradebillInfo", nonce_string="n", start_time=str(now - 60),
                     end_time=str(now))  # fmt: skip
    assert response.headers["Content-Type"] == "application/json"
    envelope = response.json()
    assert list(envelope) == ["status", "code", "data", "message"]
    assert len(envelope["data"]["tradebillInfo"]) == PAYMENTS
