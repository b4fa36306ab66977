"""Whose refusal is explained next."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from mockserver.gateway.diagnosis import Diagnosis
from mockserver.server.explanation_process import STOPPED, Explainer, Interrupted
from mockserver.server.explanation_queue import FULL, LEFT, ExplanationQueue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mockserver.gateway.answer import DiagnoseSignature


class StoppableExplainer(Explainer):
    """Finds nothing out, and can be stopped."""

    def __init__(self) -> None:
        super().__init__("")
        self.rested = threading.Event()

    def diagnose(self, *_question: object, is_hurried: bool = False) -> Diagnosis:  # noqa: ARG002 - as it is called
        self._pause()
        return Diagnosis("", "")

    def rest(self) -> None:
        self.rested.set()


@dataclass
class Refusal:
    """A refusal that is explained when the test lets it be."""

    owner: str
    reported: list[str]
    size: int = 1
    may_end: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    fails: bool = False

    def explained(self, diagnose_signature: DiagnoseSignature) -> str:
        self.begun.set()
        while not self.may_end.wait(0.001):
            diagnose_signature(b"", None, {}, str)
        if self.fails:
            raise ValueError(self.owner)
        self.reported.append(self.owner)
        return self.owner


class Desk:
    """A queue with its first explanation under way, until `go_on`."""

    def __init__(self, **bounds: float) -> None:
        self.explainer = StoppableExplainer()
        self.queue = ExplanationQueue[str](explainer=self.explainer, **bounds)  # type: ignore[arg-type]
        self.reported: list[str] = []
        self.first = Refusal("first", self.reported)

    async def open(self) -> asyncio.Task[str]:
        task = self.ask(self.first)
        assert await asyncio.to_thread(self.first.begun.wait, 30)
        return task

    def ask(self, refusal: Refusal, left: asyncio.Future[None] | None = None) -> asyncio.Task[str]:
        never = asyncio.get_running_loop().create_future()
        return asyncio.ensure_future(self.queue.explain(refusal, left or never))

    def refusal(self, owner: str, size: int = 1) -> Refusal:
        ready = threading.Event()
        ready.set()
        return Refusal(owner, self.reported, size, ready)


def run(test: Callable[[Desk], Awaitable[None]], **bounds: float) -> None:
    desk = Desk(**bounds)

    async def within() -> None:
        first = await desk.open()
        try:
            await test(desk)
        finally:
            desk.first.may_end.set()
        assert await first == "first"

    try:
        asyncio.run(within())
    finally:
        desk.queue.close()


async def settled() -> None:
    """Every task that can go on has done so."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_accounts_take_turns() -> None:
    async def test(desk: Desk) -> None:
        tasks = [desk.ask(desk.refusal(owner)) for owner in ("a", "a", "a", "b", "c", "b")]
        await settled()
        desk.first.may_end.set()
        await asyncio.gather(*tasks)
        assert desk.reported == ["first", "a", "b", "c", "a", "b", "a"]

    run(test)


def test_a_client_that_leaves_before_its_turn_is_passed_over_at_once() -> None:
    async def test(desk: Desk) -> None:
        left = asyncio.get_running_loop().create_future()
        gone, stayed = desk.ask(desk.refusal("a"), left), desk.ask(desk.refusal("b"))
        await settled()
        left.set_result(None)
        assert await gone == LEFT
        desk.first.may_end.set()
        assert await stayed == "b"
        assert desk.reported == ["first", "b"]

    run(test)


def test_a_client_that_leaves_while_it_is_explained_gets_the_whole_explanation_into_the_journal() -> None:
    async def within() -> None:
        desk, left = Desk(), asyncio.get_running_loop().create_future()
        task = desk.ask(desk.first, left)
        assert await asyncio.to_thread(desk.first.begun.wait, 30)
        left.set_result(None)
        await settled()
        assert not task.done()
        desk.first.may_end.set()
        assert await task == "first"
        desk.queue.close()

    asyncio.run(within())


def test_what_waits_is_bounded_in_number_and_the_account_with_the_most_waiting_gets_no_more() -> None:
    async def test(desk: Desk) -> None:
        flood = [desk.ask(desk.refusal("a")) for _ in range(5)]
        await settled()
        assert [task.done() and task.result() for task in flood] == [False, False, False, FULL, FULL]
        other = desk.ask(desk.refusal("b"))
        await settled()
        assert [task.done() for task in flood] == [False, False, True, True, True]
        desk.first.may_end.set()
        assert await other == "b"

    run(test, most_waiting=3)


def test_what_waits_is_bounded_in_bytes() -> None:
    async def test(desk: Desk) -> None:
        large = [desk.ask(desk.refusal("a", size=40)) for _ in range(4)]
        small = desk.ask(desk.refusal("b", size=30))
        await settled()
        assert [task.done() for task in large] == [False, True, True, True]
        assert {task.result() for task in large[1:]} == {FULL}
        desk.first.may_end.set()
        assert await small == "b"

    run(test, most_bytes=100)


def test_a_failure_is_raised_where_it_is_waited_for_and_the_next_one_is_explained() -> None:
    async def test(desk: Desk) -> None:
        broken = desk.refusal("a")
        broken.fails = True
        tasks = desk.ask(broken), desk.ask(desk.refusal("b"))
        await settled()
        desk.first.may_end.set()
        with pytest.raises(ValueError, match="a"):
            await tasks[0]
        assert await tasks[1] == "b"

    run(test)


def test_closing_ends_an_explanation_in_its_middle_and_its_thread() -> None:
    async def within() -> None:
        desk = Desk()
        task = await desk.open()
        waiting = desk.ask(desk.refusal("a"))
        await settled()
        desk.queue.close()
        task.cancel()
        waiting.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)
        thread = desk.queue._thread
        assert thread is not None
        assert thread.daemon
        await asyncio.to_thread(thread.join, 30)
        assert not thread.is_alive()
        assert desk.reported == []
        assert desk.explainer.rested.is_set()
        with pytest.raises(Interrupted):
            desk.explainer.diagnose()

    asyncio.run(within())


def test_stopping_lets_all_go_who_wait_and_ends_what_is_worked_on() -> None:
    async def within() -> None:
        desk = Desk()
        tasks = [await desk.open(), *[desk.ask(desk.refusal(owner)) for owner in ("a", "b", "a")]]
        await settled()
        desk.queue.stop()
        assert await asyncio.gather(*tasks) == [STOPPED] * 4
        assert await desk.ask(desk.refusal("late")) == STOPPED
        desk.queue.close()
        assert desk.reported == []

    asyncio.run(within())


def test_nothing_is_kept_of_what_was_explained() -> None:
    async def test(desk: Desk) -> None:
        tasks = [desk.ask(desk.refusal(str(number))) for number in range(10)]
        desk.first.may_end.set()
        await asyncio.gather(*tasks)
        assert desk.queue._waiting == {}

    run(test)


def test_the_explainer_rests_while_nothing_waits_and_goes_on_with_the_next_one() -> None:
    async def test(desk: Desk) -> None:
        desk.first.may_end.set()
        assert await asyncio.to_thread(desk.explainer.rested.wait, 30)
        assert await desk.ask(desk.refusal("a")) == "a"

    run(test, longest_idle=0.001)
