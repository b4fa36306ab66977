"""What an account leaves behind is taken apart in the background where it is large, and no thread outlives the store."""

from __future__ import annotations

import threading
from typing import Any

from mockserver.store.dismantling import Dismantling


class World:
    def __init__(self, size: int) -> None:
        self.records = dict.fromkeys(range(size))
        self.asked = threading.Event()

    def heaps(self) -> list[dict[Any, Any]]:
        self.asked.set()
        return [self.records, {}]


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "take apart"]


def test_a_large_world_is_emptied_in_a_thread_of_its_own() -> None:
    dismantling, world = Dismantling(), World(20_000)
    dismantling.begin(world)
    for thread in workers():
        thread.join()
    assert world.records == {}


def test_a_small_world_goes_by_itself() -> None:
    dismantling, world = Dismantling(), World(10)
    dismantling.begin(world)
    assert workers() == []
    assert len(world.records) == 10


def test_closing_leaves_no_thread_and_begins_no_other() -> None:
    dismantling, world = Dismantling(), World(5_000_000)
    dismantling.begin(world)
    [thread] = workers()
    dismantling.close()
    assert not thread.is_alive()
    assert len(world.records) > 0
    dismantling.begin(World(20_000))
    assert workers() == []
