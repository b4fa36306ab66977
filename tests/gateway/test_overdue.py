"""Much work that has fallen due is done before a request, in units that others need not wait long for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.clock import ClockSetting
from mockserver.domain.timeline import Task
from mockserver.gateway.answer import Answer
from mockserver.gateway.request import Request
from mockserver.gateway.steps import Answering
from tests.helpers import USER, Shop, create, query, signed, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock

MANY = 350


@pytest.fixture
def events_of_units(app: Application) -> list[int]:
    """How many events each commit has added."""
    added: list[int] = []
    seen: list[int] = [0]

    def count(user: str, _at: int | None) -> None:
        with app.store.read(user) as view:
            number = len(view.every_event())
        added.append(number - seen[0])
        seen[0] = number

    app.store.on_commit(count)
    return added


def test_a_request_does_a_part_at_a_time_and_then_answers(
    app: Application, clock: FrozenClock, events_of_units: list[int]
) -> None:
    trades = [create(app, order_id=f"o{number}")["data"]["trade_id"] for number in range(MANY)]
    clock.advance(1000)
    events_of_units.clear()
    begun = app.gateway.begin(Request("POST", signed_call("v3.QueryOrder", {"trade_id": trades[-1]})))
    assert isinstance(begun, Answering)
    answer = begun.finish()
    assert isinstance(answer, Answer)
    assert answer.exchange.code == "200"
    assert max(events_of_units) <= 2 * app.store.at_once  # each transition and its notification
    assert len(events_of_units) == MANY // app.store.at_once + 1
    states = {query(app, trade_id)["data"]["transaction_info"]["state"] for trade_id in trades}
    assert states == {"paid"}


def test_a_little_work_is_done_at_once(app: Application, clock: FrozenClock) -> None:
    create(app)
    clock.advance(1000)
    assert isinstance(app.gateway.begin(Request("POST", signed())), Answer)


def test_a_stepped_clock_makes_one_step_a_request(app: Application) -> None:
    start = 1_900_000_000_000
    app.clocks.of(USER).run(ClockSetting("stepped", start, 0, 0, 1000))
    with app.store.unit(USER) as unit:
        for number in range(MANY):
            unit.schedule(Task(start, "payment", f"no such trade {number}"))
    create(app)
    assert app.clocks.of(USER).now() == start + 1000


def test_pages_and_pushes_catch_up_in_parts_too(
    app: Application, shop: Shop, clock: FrozenClock, events_of_units: list[int]
) -> None:
    for number in range(MANY):
        shop.create(order_id=f"o{number}")
    clock.advance(1000)
    events_of_units.clear()
    account = app.store.account(USER)
    assert account is not None
    app.catch_up(account)
    assert max(events_of_units) <= 2 * app.store.at_once
    assert app.store.next_due(USER) is not None
    with app.store.read(USER) as view:
        assert view.pending_deliveries() == MANY
