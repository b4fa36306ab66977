"""What a large account leaves behind is freed in the background, and no thread outlives the store."""

from __future__ import annotations

import threading
from typing import Any

from mockserver.store.memory import Reclaimer


def heaps(size: int) -> list[dict[Any, Any]]:
    return [dict.fromkeys(range(size)), {}]


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "reclaim"]


def test_a_large_account_is_emptied_in_a_thread_of_its_own() -> None:
    reclaimer, left = Reclaimer(), heaps(20_000)
    reclaimer.reclaim(left)
    for thread in workers():
        thread.join()
    assert left == [{}, {}]


def test_a_small_account_is_left_to_python() -> None:
    reclaimer, left = Reclaimer(), heaps(10)
    reclaimer.reclaim(left)
    assert workers() == []
    assert len(left[0]) == 10


def test_closing_leaves_no_thread_and_begins_no_other() -> None:
    reclaimer, left = Reclaimer(), heaps(5_000_000)
    reclaimer.reclaim(left)
    [thread] = workers()
    reclaimer.close()
    assert not thread.is_alive()
    assert len(left[0]) > 0
    reclaimer.reclaim(heaps(20_000))
    assert workers() == []
