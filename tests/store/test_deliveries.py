"""The notifications of a page of orders are read together, and the journal's length without the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import ANNA, attempt, exchange, notification, payment

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.store.contract import Store

ORDERS = 120


def fill(unit: UnitOfWork) -> None:
    """Orders with 0, 1 or 2 notifications, of 0 to 3 attempts each."""
    for number in range(1, ORDERS + 1):
        unit.put(payment(f"t{number}", number=number))
        for copy in range(number % 3):
            sent = notification(2 * number + copy, f"t{number}")
            unit.save_notification(sent)
            for place in range((number + copy) % 4):
                unit.add_attempt(attempt(place + 1)._replace(notification=sent.number))


def test_deliveries_are_those_of_each_timeline(store: Store) -> None:
    timelines = ["unknown", *(f"t{number}" for number in range(ORDERS, 0, -1))]
    with store.unit("anna") as unit:
        fill(unit)
        within = unit.deliveries(timelines)
    with store.read("anna") as view:
        read = view.deliveries(timelines)
        for timeline in timelines:
            sent = view.notifications(timeline)
            assert within.notifications(timeline) == read.notifications(timeline) == sent
            for one in sent:
                assert within.attempts(one.number) == read.attempts(one.number) == view.attempts(one.number)
        assert view.deliveries([]).by_timeline == {}


def test_deliveries_of_fifty_orders_take_few_statements(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path / 'sandbox.db'}", 3)
    store.open_account(ANNA)
    store.perform("anna", fill)
    statements: list[str] = []
    with store.read("anna") as view:
        driver: Any = view._connection._driver
        driver.set_trace_callback(statements.append)
        found = view.deliveries([f"t{number}" for number in range(1, 50)])
        driver.set_trace_callback(None)
    store.close()
    assert sum(len(sent) for sent in found.by_timeline.values()) == 49
    assert len(statements) == 3


def test_the_length_of_the_journal_is_that_of_what_it_keeps(store: Store) -> None:
    for number in range(1, 6):
        with store.unit("anna") as unit:
            unit.add_exchange(exchange(number))
            assert unit.journal_length() == min(number, 3) + (number > 3 and not store.waits_for_io)
        with store.read("anna") as view:
            assert view.journal_length() == len(view.exchanges(9)) == min(number, 3)
    store.clear_journal("anna")
    with store.read("anna") as view:
        assert view.journal_length() == 0
