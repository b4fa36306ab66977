"""v3.CancelPayment."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.app import assemble
from mockserver.clock import FrozenClock
from mockserver.domain.limits import cancellable_until
from mockserver.settings import Settings
from tests.helpers import USER, answer, create, last_exchange, query, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application


def cancel(app: Application, trade_id: str) -> dict[str, Any]:
    return answer(app, signed_call("v3.CancelPayment", {"trade_id": trade_id}))


def states_notified(app: Application, trade_id: str) -> list[str]:
    app.worker.run_due(USER)
    with app.store.unit(USER) as unit:
        return [json.loads(reported.body)["data"]["state"] for reported in unit.notifications(trade_id)]


def test_an_unpaid_payment_is_cancelled_and_notified(app: Application, clock: FrozenClock) -> None:
    trade_id = create(app, demo="test")["data"]["trade_id"]
    envelope = cancel(app, trade_id)
    assert envelope["status"] is True
    assert list(envelope["data"]) == [
        "type", "user", "amount", "currency", "trade_id", "description", "order_id", "createDate", "demo",
        "transaction_id", "state",
    ]  # fmt: skip
    assert (envelope["data"]["state"], envelope["data"]["amount"], envelope["data"]["demo"]) == (
        "cancelled",
        "1.00",
        "test",
    )
    assert envelope["data"]["transaction_id"] == ""
    clock.advance(10_000)
    assert states_notified(app, trade_id) == ["cancelled"]
    assert query(app, trade_id)["data"]["transaction_info"]["state"] == "cancelled"


def test_a_paid_payment_is_cancelled_too(app: Application, clock: FrozenClock) -> None:
    trade_id = create(app)["data"]["trade_id"]
    clock.advance(1000)
    assert states_notified(app, trade_id) == ["paid"]
    assert cancel(app, trade_id)["data"]["transaction_id"]
    assert states_notified(app, trade_id) == ["paid", "cancelled"]


@pytest.mark.parametrize("ended", ["DECLINED-1", "FAILED-1", "EXPIRED-1"])
def test_what_has_ended_cannot_be_cancelled(app: Application, clock: FrozenClock, ended: str) -> None:
    trade_id = create(app, order_id=ended)["data"]["trade_id"]
    clock.advance(2000)
    app.worker.run_due(USER)
    envelope = cancel(app, trade_id)
    state = ended.removesuffix("-1").lower()
    assert envelope["code"] == "-1000"
    assert f"is {state} and cannot become cancelled" in envelope["message"]
    assert states_notified(app, trade_id) == [state]


def test_the_request_stands_in_the_timeline(app: Application) -> None:
    trade_id = create(app)["data"]["trade_id"]
    cancel(app, trade_id)
    with app.store.unit(USER) as unit:
        kinds = [(event.kind, event.text) for event in unit.events(trade_id)]
    assert kinds[2:4] == [("request", "v3.CancelPayment"), ("state", "cancelled")]
    assert last_exchange(app).trade_id == trade_id


def test_an_unknown_trade_is_1000(app: Application) -> None:
    assert cancel(app, "x")["message"] == "There is no order with the trade_id 'x'."


def instant(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(timezone.utc).timestamp() * 1000)


@pytest.mark.parametrize(
    ("created", "until"),
    [
        ("2024-11-27T00:00:00+01:00", "2024-11-28T00:30:00+01:00"),
        ("2024-11-27T23:59:59+01:00", "2024-11-28T00:30:00+01:00"),
        ("2024-07-01T12:00:00+02:00", "2024-07-02T00:30:00+02:00"),
        ("2024-03-30T12:00:00+01:00", "2024-03-31T00:30:00+01:00"),
        ("2024-03-31T12:00:00+02:00", "2024-04-01T00:30:00+02:00"),
        ("2024-10-26T12:00:00+02:00", "2024-10-27T00:30:00+02:00"),
        ("2024-10-27T12:00:00+01:00", "2024-10-28T00:30:00+01:00"),
        ("2024-12-31T23:30:00+00:00", "2025-01-02T00:30:00+01:00"),
    ],
)
def test_the_last_moment_is_half_past_midnight_of_the_next_day(created: str, until: str) -> None:
    assert cancellable_until(instant(created)) == instant(until)


def test_after_the_last_moment_it_is_too_late() -> None:
    clock = FrozenClock(instant("2024-11-27T12:00:00+01:00"))
    app = assemble(Settings(), clock=clock)
    first, second = (create(app)["data"]["trade_id"] for _ in range(2))
    clock.advance(instant("2024-11-28T00:30:00+01:00") - clock.now())
    assert cancel(app, first)["status"] is True
    clock.advance(1)
    envelope = cancel(app, second)
    assert envelope["code"] == "-1000"
    assert "can no longer be cancelled" in envelope["message"]
