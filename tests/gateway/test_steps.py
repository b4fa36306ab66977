"""A request is answered step by step, and its caller decides where each step is done."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.gateway.steps import Answering, InUnit, WithStore
from mockserver.store.memory import MemoryStore
from tests.store.samples import ANNA, add_payment, fail, payments

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from mockserver.gateway.steps import Steps
    from mockserver.store.contract import Store

    Finish = Callable[[Answering[Any]], Any]


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    made = MemoryStore(3)
    made.open_account(ANNA)
    yield made
    made.close()


def by_waiting(answering: Answering[Any]) -> Any:
    return answering.finish()


def on_a_loop(answering: Answering[Any]) -> Any:
    with ThreadPoolExecutor(1) as threads:  # this one may have the loop of a browser
        return threads.submit(on_a_loop_here, answering).result()


def on_a_loop_here(answering: Answering[Any]) -> Any:
    async def finish() -> None:
        with ThreadPoolExecutor(1) as threads:

            def in_thread(call: Callable[[], Any]) -> Awaitable[Any]:
                return asyncio.get_running_loop().run_in_executor(threads, call)

            while answering.next_step is not None:
                await answering.go_on_soon(in_thread)

    asyncio.run(finish())
    return answering.answer


@pytest.mark.parametrize("finish", [by_waiting, on_a_loop])
class TestAnswering:
    def test_each_step_gets_its_result_before_the_next(self, store: MemoryStore, finish: Finish) -> None:
        happened: list[str] = []

        def steps() -> Steps[str]:
            happened.append("begun")
            account = yield WithStore(lambda: store.account("anna"))
            happened.append(f"account of {account.user}")
            number = yield InUnit("anna", add_payment)
            happened.append(f"payment {number}, of which {payments(store)} are committed")
            number = yield InUnit("anna", add_payment)
            return f"payments up to {number}"

        answering = Answering(steps(), store)
        assert happened == ["begun"]
        assert payments(store) == []
        assert finish(answering) == "payments up to 2"
        assert happened == ["begun", "account of anna", "payment 1, of which [1] are committed"]
        assert (answering.next_step, payments(store)) == (None, [1, 2])

    def test_an_answer_without_steps_is_there_at_once(self, store: MemoryStore, finish: Finish) -> None:
        def steps() -> Steps[str]:
            yield from ()
            return "known"

        answering = Answering(steps(), store)
        assert (answering.next_step, answering.answer) == (None, "known")
        assert finish(answering) == "known"

    @pytest.mark.parametrize(
        ("step", "error"),
        [
            (InUnit("anna", fail), ZeroDivisionError),
            (InUnit("nobody here", add_payment), KeyError),
            (WithStore(lambda: int("seven")), ValueError),
        ],
    )
    def test_the_exception_of_a_step_is_raised_where_it_was_yielded(
        self, store: MemoryStore, finish: Finish, step: InUnit | WithStore, error: type[Exception]
    ) -> None:
        def steps() -> Steps[str]:
            try:
                yield step
            except error as raised:
                number = yield InUnit("anna", add_payment)
                return f"payment {number} after {type(raised).__name__}"
            return "no exception"

        assert finish(Answering(steps(), store)) == f"payment 1 after {error.__name__}"
        assert payments(store) == [1]

    def test_an_exception_that_is_not_handled_is_the_callers(self, store: MemoryStore, finish: Finish) -> None:
        def steps() -> Steps[str]:
            yield InUnit("anna", add_payment)
            yield InUnit("anna", fail)
            return "not reached"

        with pytest.raises(ZeroDivisionError):
            finish(Answering(steps(), store))
        assert payments(store) == [1]

    def test_it_shows_before_each_step_whether_that_repeats(self, store: MemoryStore, finish: Finish) -> None:
        seen: list[bool] = []

        def steps() -> Steps[list[int]]:
            first = yield InUnit("anna", add_payment)
            seen.append(shown())
            second = yield InUnit("anna", add_payment, repeats=True)
            seen.append(shown())
            yield WithStore(lambda: None)
            seen.append(shown())
            yield WithStore(lambda: None, repeats=True)
            seen.append(shown())
            return [first, second]

        def shown() -> bool:
            """That of the step whose result has just come."""
            assert answering.next_step is not None
            return answering.next_step.repeats

        answering = Answering(steps(), store)
        assert finish(answering) == [1, 2]
        assert seen == [False, True, False, True]

    def test_nothing_is_done_after_the_answer(self, store: MemoryStore, finish: Finish) -> None:
        def steps() -> Steps[int]:
            number: int = yield InUnit("anna", add_payment)
            return number

        answering = Answering(steps(), store)
        assert finish(answering) == finish(answering) == 1
        answering.go_on()
        asyncio.run(answering.go_on_soon(lambda _: asyncio.sleep(0)))
        assert (answering.answer, payments(store)) == (1, [1])


def threads_of_steps(store: Store, finish: Finish) -> list[int]:
    """The threads on which a call with the store, and work in a unit, are done."""

    def steps() -> Steps[list[int]]:
        called = yield WithStore(threading.get_ident)
        worked = yield InUnit("anna", lambda _: threading.get_ident())
        return [called, worked]

    found: list[int] = finish(Answering(steps(), store))
    return found


def test_all_is_done_on_the_thread_that_waits_for_it(store: MemoryStore) -> None:
    own = threading.get_ident()
    assert threads_of_steps(store, by_waiting) == [own, own]


def test_on_a_loop_a_call_that_may_wait_is_done_on_another_thread_and_work_where_the_store_does_it(
    store: MemoryStore,
) -> None:
    with ThreadPoolExecutor(1) as threads:
        called, worked = threads.submit(threads_of_steps, store, on_a_loop_here).result()
        own = threads.submit(threading.get_ident).result()
    assert called != own
    assert worked == own, "work in memory holds nothing up"
