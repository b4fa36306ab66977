"""Orders, requests and notifications are found by what they contain, in every store."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.payments.payment import Payment
from mockserver.domain.refunds import Refund
from mockserver.domain.timeline import may_mention
from mockserver.domain.unit_of_work import Choice, Clues
from mockserver.store import search
from mockserver.store.memory import MemoryStore
from mockserver.store.search import Found, Wanted, find_exchanges, find_notifications, find_records
from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import ANNA, BERT, exchange, notification, payment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mockserver.store.contract import Store

PAGE = 50


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store whose journal keeps many exchanges, with two accounts."""
    url = f"sqlite:///{tmp_path / 'sandbox.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    made: Store = MemoryStore(2_000) if request.param == "memory" else open_sql_store(url, 2_000)
    made.open_account(ANNA)
    made.open_account(BERT)
    yield made
    made.close()


def add(store: Store, *changes: dict[str, Any]) -> None:
    """Add payments with these changes, a millisecond apart."""
    with store.unit("anna") as unit:
        for change in changes:
            number = unit.next_number("payments")
            unit.put(payment(**{"trade_id": f"Trade{number}", "number": number, "created_at": number * 10, **change}))


def orders(store: Store, limit: int = PAGE, cursor: str = "", **wanted: Any) -> list[str]:
    return [
        one.order_id for one in find_records(store, "anna", Payment, Wanted(limit=limit, cursor=cursor, **wanted)).items
    ]


def every_page(find: Callable[[str], Found]) -> list[Any]:
    """The items of all pages of a search."""
    found, cursor = find(""), ""
    items = list(found.items)
    while found.rest:
        assert found.rest != cursor
        cursor = found.rest
        found = find(cursor)
        items += found.items
    return items


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("order-7", ["ORDER-7"]),
        ("RDER-", ["ORDER-7", "ORDER-5"]),
        ("trade2", ["O_2"]),
        ("TRADE", ["100%", "ORDER-7", "O_2", "ORDER-5"]),
        ("o_2", ["O_2"]),
        ("%", ["100%"]),
        ("_", ["O_2"]),
        ("käse", ["O_2"]),
        ("KÄSE 分", ["O_2"]),
        ('"quoted"', ["100%"]),
        ("back\\slash", ["100%"]),
        ("24.99", ["ORDER-5"]),
        ("4.9", ["ORDER-5"]),
        ("0.07", ["ORDER-7"]),
        (".07", ["ORDER-7"]),
        ("1.", ["100%", "O_2"]),
        ("0.", ["ORDER-7"]),
        ("00", ["100%", "O_2"]),
        ("2499", []),
        ("shop.example", []),
        ("  order-5 ", ["ORDER-5"]),
        ("nowhere", []),
    ],
)
def test_an_order_is_found_by_any_part_of_what_names_it(store: Store, text: str, found: list[str]) -> None:
    add(
        store,
        {"order_id": "ORDER-5", "amount": 2499},
        {"order_id": "O_2", "amount": 100, "description": "Käse 分账"},
        {"order_id": "ORDER-7", "amount": 7},
        {"order_id": "100%", "amount": 100, "description": 'a "quoted" back\\slash\n'},
    )
    assert orders(store, text=text) == found


def test_orders_are_found_by_state_wallet_method_and_time(store: Store) -> None:
    add(
        store,
        {"order_id": "a", "state": "paid"},
        {"order_id": "b", "sub_pay_method": "iDEAL"},
        {"order_id": "c", "method": "v3.Other", "state": "paid"},
    )
    assert orders(store) == ["c", "b", "a"]
    assert orders(store, state="paid") == ["c", "a"]
    assert orders(store, wallet="iDEAL") == ["b"]
    assert orders(store, method="v3.Other", state="paid") == ["c"]
    assert orders(store, method="v3.Other", state="failed") == []
    assert orders(store, since=20, until=20) == ["b"]
    assert orders(store, since=11, text="trade") == ["c", "b"]
    assert find_records(store, "bert", Payment, Wanted()).items == []


def test_an_order_of_the_whole_text_is_on_top_and_comes_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, {"order_id": "1"}, *({"order_id": f"1{place}"} for place in range(9)))
    assert orders(store, 3, text="1") == ["1", "18", "17", "16"]
    assert orders(store, text="1")[-1] == "10"
    assert orders(store, text="Trade1")[0] == "1"
    assert orders(store, text="1", state="paid") == orders(store, text="1", until=5) == []
    monkeypatch.setattr(search, "_STEPS", (2,))
    assert orders(store, text="1") == ["1", "18", "17"]  # however old it is


@pytest.mark.parametrize("limit", [1, 4, PAGE])
def test_a_search_goes_on_where_it_stopped_and_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(search, "_STEPS", (2, 5))
    add(store, *({"order_id": f"{'RARE' if place % 9 == 0 else 'O'}-{place}", "created_at": place // 3,
                  "state": "paid" if place % 2 else "processing"} for place in range(40)))  # fmt: skip

    def find(**wanted: Any) -> list[str]:
        pages = every_page(
            lambda cursor: find_records(store, "anna", Payment, Wanted(limit=limit, cursor=cursor, **wanted))
        )
        return [one.order_id for one in pages]

    assert find(text="rare") == ["RARE-36", "RARE-27", "RARE-18", "RARE-9", "RARE-0"]
    assert find(text="rare", state="paid") == ["RARE-27", "RARE-9"]
    assert len(find()) == 40


def test_one_refused_request_is_found_below_hundreds_of_good_ones(store: Store) -> None:
    body = b'{"sign": "5ec7e7", "data": {"order_id": "NEVER-1", "amount": "24.99", "description": "\\u5206"}}'
    with store.unit("anna") as unit:
        for number in range(1, 1_100):
            one = exchange(unit.next_number("exchanges"))
            refused = one._replace(code="400", trade_id="", request=body, method="v3.Refused")
            unit.add_exchange(refused if number == 1 else one._replace(request=b'{"data": {"order_id": "GOOD"}}'))

    def numbers(limit: int = PAGE, **wanted: Any) -> list[int]:
        return [one.number for one in find_exchanges(store, "anna", Wanted(limit=limit, **wanted)).items]

    assert numbers(code="refused") == numbers(code="400") == numbers(method="v3.Refused") == [1]
    assert numbers(text="never-") == numbers(text="24.9") == numbers(text="分") == [1]
    assert numbers(text="5ec7e7") == numbers(text="order_id") == numbers(code="500") == []
    assert numbers(text="good", limit=2) == numbers(text="T1", limit=2) == [1_099, 1_098]
    assert numbers(since=6) == numbers(until=4) == numbers(wallet="iDEAL") == []
    pages = every_page(lambda cursor: find_exchanges(store, "anna", Wanted("good", limit=400, cursor=cursor)))
    assert [one.number for one in pages] == list(range(1_099, 1, -1))


def test_a_notification_is_found_by_its_fields_and_its_state(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_JOURNAL_STEPS", (2, 3))
    with store.unit("anna") as unit:
        for number in range(1, 8):
            body = b'{"sign":"5ec7e7","data":{"order_id":"ORDER-%d","amount":"24.99"}}' % number
            one = notification(number, f"t{number}")._replace(body=body, created_at=number)
            unit.save_notification(one._replace(state="given up") if number == 2 else one)

    def numbers(limit: int = PAGE, **wanted: Any) -> list[int]:
        find = find_notifications
        return [
            one.number
            for one in every_page(lambda cursor: find(store, "anna", Wanted(limit=limit, cursor=cursor, **wanted)))
        ]

    assert numbers() == numbers(1) == [7, 6, 5, 4, 3, 2, 1]
    assert numbers(text="order-3") == numbers(text="T3") == [3]
    assert numbers(text="24.99", since=2, until=3) == [3, 2]
    assert numbers(state="given up") == [2]
    assert numbers(text="5ec7e7") == []


def test_a_list_without_a_filter_reads_only_its_page() -> None:
    store, read = MemoryStore(100), list[int]()
    store.open_account(ANNA)
    with store.unit("anna") as unit:
        for number in range(1, 21):
            unit.add_exchange(exchange(number))

    @contextmanager
    def reading(user: str) -> Iterator[Any]:
        with store.read(user) as view:

            def entries(limit: int, before: int) -> Any:
                read.append(limit)
                return view.journal_entries(limit, before)

            yield SimpleNamespace(journal_entries=entries)

    observed: Any = SimpleNamespace(read=reading)
    assert len(find_exchanges(observed, "anna", Wanted(limit=5)).items) == 5
    assert read == [6]
    assert not find_exchanges(observed, "anna", Wanted(limit=5, text="nothing")).items
    assert read == [6, 6, 494]


@pytest.mark.parametrize(
    ("body", "text", "expected"),
    [
        ("荷兰奶酪 GOUDA".encode(), "gouda", True),
        ("荷兰奶酪".encode(), "奶酪", True),
        ("荷兰奶酪".encode(), "gouda", False),
        (b"GOUDA", "gouda", True),
        (b"GOUDA", "edam", False),
        (rb"\u0067ouda", "gouda", True),
        ("gouda".encode("utf-16"), "gouda", True),
    ],
)
def test_only_a_text_that_cannot_have_what_is_searched_is_left_out(body: bytes, text: str, *, expected: bool) -> None:
    assert may_mention(body, text) is expected


def test_the_newest_records_are_those_before_a_place(store: Store) -> None:
    add(store, *({"created_at": place // 2} for place in range(6)))
    with store.read("anna") as view:
        newest = view.newest(Payment, Choice(0, 2, None, 0, 9, before=5), Clues(), 2)
        assert ([one.number for one in newest.records], newest.rest) == ([4, 3], (1, 3))
        newest = view.newest(Payment, Choice(1, 9, None, 0, 9), Clues(), 9)
        assert ([one.number for one in newest.records], newest.rest) == ([6, 5, 4, 3], None)
        assert view.newest(Refund, Choice(0, 9, None, 0, 9), Clues(), 9).rest is None
