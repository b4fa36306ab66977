"""Much work that has fallen due is done before a request, in units that others need not wait long for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.clock import ClockSetting
from mockserver.gateway.endpoint import Answer
from mockserver.gateway.request import Request
from mockserver.store.contract import Task
from tests.helpers import USER, Shop, create, query, signed, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock

MANY = 350


def longest_unit(app: Application) -> list[int]:
    """How many events each unit adds from now on."""
    added: list[int] = []
    begin = app.store.unit

    def counted(user: str):  # type: ignore[no-untyped-def]
        unit = begin(user)
        added.append(0)
        event, place = unit.add_event, len(added) - 1

        def add(one):  # type: ignore[no-untyped-def]
            added[place] += 1
            event(one)

        unit.add_event = add  # type: ignore[method-assign]
        return unit

    app.store.unit = counted  # type: ignore[method-assign]
    return added


def test_a_request_does_a_part_at_a_time_and_then_answers(app: Application, clock: FrozenClock) -> None:
    trades = [create(app, order_id=f"o{number}")["data"]["trade_id"] for number in range(MANY)]
    clock.advance(1000)
    added = longest_unit(app)
    begun = app.gateway.begin(Request("POST", signed_call("v3.QueryOrder", {"trade_id": trades[-1]})))
    assert not isinstance(begun, Answer)
    assert begun().exchange.code == "200"
    assert max(added) <= 200  # the move and its notification, a hundred times
    assert len(added) == 4
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


def test_pages_and_pushes_catch_up_in_parts_too(app: Application, shop: Shop, clock: FrozenClock) -> None:
    for number in range(MANY):
        shop.create(order_id=f"o{number}")
    clock.advance(1000)
    added = longest_unit(app)
    account = app.store.account(USER)
    assert account is not None
    app.catch_up(account)
    assert max(added) <= 200
    assert app.store.next_due(USER) is not None
    with app.store.read(USER) as view:
        assert view.pending_deliveries() == MANY
