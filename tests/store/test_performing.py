"""Work that a store performs in a unit, and the settings of accounts, which units read and only the store changes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import pytest

from mockserver.clock import ClockSetting
from tests.store.samples import ANNA, add_payment, fail, payment, payments

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.store.contract import Store

    Perform = Callable[[Store, str, Callable[[UnitOfWork], "T"]], "T"]

T = TypeVar("T")


def at_once(store: Store, user: str, work: Callable[[UnitOfWork], T]) -> T:
    return store.perform(user, work)


def on_a_loop(store: Store, user: str, work: Callable[[UnitOfWork], T]) -> T:
    return asyncio.run(store.perform_soon(user, work))


@pytest.mark.parametrize("perform", [at_once, on_a_loop])
class TestWork:
    def test_it_is_committed_and_its_result_returned(self, store: Store, perform: Perform[int]) -> None:
        heard: list[tuple[str, int | None, list[int]]] = []
        store.on_commit(lambda user, at: heard.append((user, at, payments(store))))
        assert perform(store, "anna", add_payment) == 1
        assert perform(store, "anna", add_payment) == 2
        assert payments(store) == [1, 2]
        assert payments(store, "bert") == []
        assert heard == [("anna", None, [1]), ("anna", None, [1, 2])]

    def test_it_may_return_nothing(self, store: Store, perform: Perform[object]) -> None:
        assert perform(store, "anna", lambda unit: unit.put(payment())) is None
        assert payments(store) == [1]

    def test_an_exception_undoes_it_and_is_raised(self, store: Store, perform: Perform[int | None]) -> None:
        heard: list[str] = []
        store.on_commit(lambda user, _at: heard.append(user))
        with pytest.raises(ZeroDivisionError):
            perform(store, "anna", fail)
        assert (payments(store), heard) == ([], [])
        assert perform(store, "anna", add_payment) == 1

    def test_that_of_an_unknown_user_is_a_key_error_and_not_begun(self, store: Store, perform: Perform[int]) -> None:
        begun: list[UnitOfWork] = []

        def work(unit: UnitOfWork) -> int:
            begun.append(unit)
            return 1

        with pytest.raises(KeyError, match="nobody here"):
            perform(store, "nobody here", work)
        store.drop_account("anna")
        with pytest.raises(KeyError, match="anna"):
            perform(store, "anna", work)
        assert begun == []

    def test_its_account_is_the_stored_one(self, store: Store, perform: Perform[Account]) -> None:
        store.change_account("anna", lambda account: replace(account, role="cashier", name="Anna's shop"))
        stored, seen = store.account("anna"), perform(store, "anna", lambda unit: unit.account)
        assert stored is not None
        assert seen == stored == replace(ANNA, role="cashier", name="Anna's shop")
        assert seen.generation == stored.generation
        store.empty_account("anna")
        emptied = store.account("anna")
        assert emptied is not None
        seen = perform(store, "anna", lambda unit: unit.account)
        assert seen.generation == emptied.generation > stored.generation


def test_work_that_is_performed_together_fails_alone(store: Store) -> None:
    async def together() -> list[object]:
        works = [
            store.perform_soon(user, work) for work in (add_payment, fail, add_payment) for user in ("anna", "bert")
        ]
        unknown = store.perform_soon("nobody here", add_payment)
        return await asyncio.gather(*works, unknown, return_exceptions=True)

    *results, unknown = asyncio.run(together())
    assert [result if isinstance(result, int) else type(result) for result in results] == [
        1, 1, ZeroDivisionError, ZeroDivisionError, 2, 2,
    ]  # fmt: skip
    assert isinstance(unknown, KeyError)
    assert payments(store) == payments(store, "bert") == [1, 2]


def test_threads_and_a_loop_that_perform_work_lose_nothing(store: Store) -> None:
    async def on_loop() -> None:
        await asyncio.gather(*(store.perform_soon("anna", add_payment) for _ in range(25)))

    with ThreadPoolExecutor(4) as threads:
        works = [threads.submit(store.perform, "anna", add_payment) for _ in range(75)]
        asyncio.run(on_loop())
        for work in works:
            work.result()
    assert sorted(payments(store)) == list(range(1, 101))


def test_a_unit_shows_the_account_as_it_is_stored(store: Store) -> None:
    for name in ("Tea", "Tea House"):
        store.change_account("anna", lambda account, name=name: replace(account, name=name))  # type: ignore[misc]
        with store.unit("anna") as unit:
            assert unit.account == replace(ANNA, name=name) == store.account("anna")


class TestChangeOfAnAccount:
    def test_it_gets_the_stored_account_and_returns_the_changed_one(self, store: Store) -> None:
        got: list[Account] = []

        def change(account: Account) -> Account:
            got.append(account)
            return replace(account, opening_balance=account.opening_balance + 5)

        store.open_account(replace(ANNA, opening_balance=7))
        assert store.change_account("anna", change) == replace(ANNA, opening_balance=12)
        assert store.change_account("anna", change) == replace(ANNA, opening_balance=17) == store.account("anna")
        assert [account.opening_balance for account in got] == [7, 12]
        assert store.account("bert") != store.account("anna")

    def test_it_keeps_user_seed_and_generation(self, store: Store) -> None:
        store.empty_account("anna")
        before = store.account("anna")
        assert before is not None
        changed = store.change_account(
            "anna", lambda account: replace(account, user="thief", seed="another seed", generation=10**6, name="Tea")
        )
        stored = store.account("anna")
        assert changed == stored == replace(ANNA, name="Tea")
        assert changed.generation == stored.generation == before.generation
        assert store.account("thief") is None

    def test_that_of_an_unknown_account_is_a_key_error(self, store: Store) -> None:
        called: list[Account] = []

        def change(account: Account) -> Account:
            called.append(account)
            return account

        with pytest.raises(KeyError):
            store.change_account("nobody here", change)
        assert (called, store.account("nobody here")) == ([], None)

    def test_an_exception_changes_nothing(self, store: Store) -> None:
        heard: list[object] = []
        store.on_commit(lambda *news: heard.append(news))
        store.on_account(lambda *news: heard.append(news))

        def change(account: Account) -> Account:
            raise ZeroDivisionError(account.user)

        with pytest.raises(ZeroDivisionError):
            store.change_account("anna", change)
        assert store.account("anna") == store.known_account("anna") == ANNA
        assert heard == []
        assert store.change_account("anna", lambda account: replace(account, name="Tea")).name == "Tea"

    def test_changes_at_one_time_lose_nothing(self, store: Store) -> None:
        def deposit(account: Account) -> Account:
            return replace(account, opening_balance=account.opening_balance + 1)

        def tick(account: Account) -> Account:
            return replace(account, clock=ClockSetting("stepped", account.clock.instant + 1, 0, 0, 1))

        with ThreadPoolExecutor(4) as threads:
            for changed in [threads.submit(store.change_account, "anna", one) for one in (deposit, tick) * 25]:
                changed.result()
        account = store.account("anna")
        assert account is not None
        assert (account.opening_balance, account.clock.instant) == (25, 25)


def test_an_account_is_known_as_this_process_has_changed_it(store: Store) -> None:
    assert store.known_account("nobody here") is None
    assert store.known_account("anna") == ANNA
    store.change_account("anna", lambda account: replace(account, secret_key="another key"))
    assert store.known_account("anna") == replace(ANNA, secret_key="another key")
    before = store.known_account("anna")
    assert before is not None
    store.empty_account("anna")
    emptied = store.known_account("anna")
    assert emptied is not None
    assert emptied.generation > before.generation
    store.drop_account("anna")
    assert store.known_account("anna") is None
    with store.new_account(ANNA) as unit:
        unit.put(payment())
        assert store.known_account("anna") is None
    assert store.known_account("anna") == ANNA
