"""Files and long lists go out in pieces over HTTP, from either store, while payments go on."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

import pytest
import requests

from mockserver.clock import FrozenClock
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helpers import USER, create, signed_call

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

PAYMENTS = 1100
HOUR = 3600 * 1000
DAY = 24 * HOUR


class Busy(NamedTuple):
    """A sandbox with more paid payments than one piece holds, all of the same minute."""

    sandbox: Sandbox
    clock: FrozenClock
    minute: int

    def asked(self, method: str, *, until: int | None = None, **data: str) -> requests.Response:
        """The answer about that minute, or about all from it until a later second."""
        data |= {"start_time": str(self.minute), "end_time": str(until or self.minute + 60)}
        return requests.post(f"{self.sandbox.url}/Payments", data=signed_call(method, data), timeout=60, stream=True)


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def busy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    """The payments are made once for all tests, of which none adds any to their minute."""
    database = f"sqlite:///{tmp_path_factory.mktemp('streams') / 'sandbox.db'}" if request.param == "sqlite" else ""
    clock = FrozenClock()
    with Sandbox(Settings(port=0, seed="tests", database=database), clock=clock) as sandbox:
        for number in range(PAYMENTS):
            create(sandbox.app, order_id=str(number), notify_url="https://mapi.yabandpay.com/refused")
        clock.advance(1000)
        sandbox.app.worker.run_due(USER)
        minute = clock.now() // 1000 - 60
        clock.advance(HOUR)
        yield Busy(sandbox, clock, minute)


def test_a_file_comes_in_pieces(busy: Busy) -> None:
    response = busy.asked("v3.BatchQuery")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="payments_')
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.headers["X-Sandbox-Record"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["order_id"] for row in rows] == [str(number) for number in range(PAYMENTS)]


def test_a_payment_is_answered_while_a_file_is_read(busy: Busy) -> None:
    response = busy.asked("v3.BatchQuery", until=busy.clock.now() // 1000)
    pieces = response.iter_content(100)
    first = next(pieces)
    assert create(busy.sandbox.app)["status"] is True
    assert len((first + b"".join(pieces)).splitlines()) == PAYMENTS + 1


def test_a_long_list_is_one_envelope(busy: Busy) -> None:
    busy.clock.advance(2 * DAY)
    response = busy.asked("v3.GetTradebill", command="getTradebillInfo", nonce_string="n")
    assert response.headers["Content-Type"] == "application/json"
    envelope = response.json()
    assert list(envelope) == ["status", "code", "data", "message"]
    assert len(envelope["data"]["tradebillInfo"]) == PAYMENTS
