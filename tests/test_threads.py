"""Threads that never keep a process alive."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import pytest

from mockserver.threads import DaemonPool, LoopThread

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 30


@pytest.fixture
def pool() -> Iterator[DaemonPool]:
    made = DaemonPool(3, "tested")
    yield made
    made.close(PATIENCE)


def named(name: str) -> int:
    return sum(thread.name == name for thread in threading.enumerate())


class TestDaemonPool:
    def test_a_call_gives_its_result_or_its_error(self, pool: DaemonPool) -> None:
        assert pool.submit(divmod, 7, 2).result(PATIENCE) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result(PATIENCE)

    def test_a_thread_that_is_free_is_used_again(self, pool: DaemonPool) -> None:
        for _ in range(20):
            pool.submit(divmod, 1, 1).result(PATIENCE)
        assert named("tested") <= 2  # the result may be there a moment before its thread is free

    def test_calls_that_wait_for_each_other_have_a_thread_each_up_to_the_size(self, pool: DaemonPool) -> None:
        meeting = threading.Barrier(3)
        for met in [pool.submit(meeting.wait, PATIENCE) for _ in range(3)]:
            met.result(PATIENCE)
        assert named("tested") == 3
        assert [one.result(PATIENCE) for one in [pool.submit(int) for _ in range(50)]] == [0] * 50
        assert named("tested") == 3

    def test_a_call_that_is_cancelled_before_its_turn_is_not_made(self, pool: DaemonPool) -> None:
        go_on, made = threading.Event(), list[int]()
        busy = [pool.submit(go_on.wait, PATIENCE) for _ in range(3)]
        waiting = pool.submit(made.append, 1)
        assert waiting.cancel()
        go_on.set()
        for one in busy:
            one.result(PATIENCE)
        pool.submit(int).result(PATIENCE)
        assert made == []

    def test_without_a_further_thread_the_others_do_the_work(
        self, pool: DaemonPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go_on = threading.Event()
        busy = pool.submit(go_on.wait, PATIENCE)

        def fail(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as without:
            without.setattr(threading.Thread, "start", fail)
            waiting = [pool.submit(int) for _ in range(5)]
        go_on.set()
        assert busy.result(PATIENCE)
        assert [one.result(PATIENCE) for one in waiting] == [0] * 5
        assert pool.submit(int).result(PATIENCE) == 0

    def test_without_any_thread_the_call_is_refused_and_the_next_one_tries_again(
        self, pool: DaemonPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as without:
            without.setattr(threading.Thread, "start", fail)
            with pytest.raises(RuntimeError, match="start new thread"):
                pool.submit(int)
        assert pool.submit(int).result(PATIENCE) == 0

    def test_closing_cancels_what_waits_and_takes_no_more(self, pool: DaemonPool) -> None:
        go_on, begun = threading.Event(), threading.Barrier(4)

        def work() -> bool:
            begun.wait(PATIENCE)
            return go_on.wait(PATIENCE)

        busy = [pool.submit(work) for _ in range(3)]
        begun.wait(PATIENCE)
        waiting = pool.submit(int)
        pool.close(0)
        with pytest.raises(CancelledError):
            waiting.result(PATIENCE)
        with pytest.raises(RuntimeError, match="closed"):
            pool.submit(int)
        go_on.set()
        assert [one.result(PATIENCE) for one in busy] == [True] * 3
        pool.close(PATIENCE)
        assert named("tested") == 0


class TestLoopThread:
    def test_nothing_runs_before_it_is_needed(self) -> None:
        loop = LoopThread("tested loop")
        assert named("tested loop") == 0
        loop.close()
        assert named("tested loop") == 0

    def test_a_coroutine_gives_its_result(self) -> None:
        loop = LoopThread("tested loop")
        assert loop.submit(asyncio.sleep(0, "done")).result(PATIENCE) == "done"
        loop.close(PATIENCE)
        assert named("tested loop") == 0

    def test_closing_cancels_what_runs_even_if_it_does_not_want_to(self) -> None:
        loop, tries = LoopThread("tested loop"), list[int]()

        async def stubborn() -> None:
            while len(tries) < 3:
                try:
                    await asyncio.sleep(PATIENCE)
                except asyncio.CancelledError:
                    tries.append(1)

        running = [loop.submit(stubborn()), loop.submit(asyncio.sleep(PATIENCE))]
        loop.close(PATIENCE)
        loop.close(PATIENCE)
        assert named("tested loop") == 0
        assert running[0].result(PATIENCE) is None
        with pytest.raises(CancelledError):
            running[1].result(PATIENCE)
        with pytest.raises(RuntimeError, match="has stopped"):
            loop.submit(asyncio.sleep(0))
        loop.call_soon(tries.append, 9)
        assert len(tries) == 3


def test_a_process_ends_in_the_middle_of_calls() -> None:
    program = """
from mockserver.threads import DaemonPool, LoopThread
import asyncio
pool, loop = DaemonPool(4, "busy"), LoopThread("loop")
for _ in range(4):
    pool.submit(exec, "while True: pass")
loop.submit(asyncio.sleep(600))
print("ends")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert (done.stdout, done.stderr) == ("ends\n", "")
