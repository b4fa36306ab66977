"""Deliveries in flight, and those who wait for their end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mockserver.delivery.dispatcher import Delivery
from mockserver.scheduler.due_queue import InFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable


def delivery(notification: int, at: int = 0, user: str = "anna", generation: int = 1) -> Delivery:
    return Delivery(user, generation, notification, "t1", at, "https://shop.example", b"{}")


async def begun(waiting: Awaitable[None]) -> asyncio.Future[None]:
    """A wait that has had its turn."""
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    return task


def test_an_end_is_heard_by_those_who_have_not_had_their_turn_since_they_asked() -> None:
    """`asyncio.wait_for` begins a coroutine only in the next turn of the loop, before Python 3.12."""

    async def within() -> None:
        flying = InFlight()
        flying.add(delivery(1))
        waiting = asyncio.ensure_future(asyncio.wait_for(flying.next_end("anna"), 30))
        flying.remove(delivery(1))
        await turns()
        assert waiting.done()

    asyncio.run(within())


async def turns() -> None:
    """Let everybody go on who can."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_oldest_is_the_one_that_was_sent_first() -> None:
    flying = InFlight()
    assert flying.oldest("anna") is None
    for number in (1, 2):
        flying.add(delivery(number, at=number * 10))
    assert (flying.oldest("anna"), flying.oldest("bert")) == (10, None)
    flying.remove(delivery(1))
    assert flying.oldest("anna") == 20
    flying.remove(delivery(2))
    assert flying.oldest("anna") is None


def test_a_delivery_of_an_emptied_account_is_another() -> None:
    flying = InFlight()
    flying.add(delivery(1, at=10, generation=1))
    flying.add(delivery(1, at=20, generation=2))
    flying.remove(delivery(1, generation=1))
    assert flying.oldest("anna") == 20


def test_the_end_of_an_unknown_delivery_ends_no_other() -> None:
    flying = InFlight()
    flying.add(delivery(1, at=10))
    flying.remove(delivery(2))
    flying.remove(delivery(1, user="bert"))
    assert flying.oldest("anna") == 10


def test_each_end_is_heard_by_all_who_wait_for_the_next_one_of_their_account() -> None:
    async def wait() -> list[bool]:
        flying = InFlight()
        for user in ("anna", "bert"):
            flying.add(delivery(1, user=user))
        waiting = [await begun(flying.next_end(user)) for user in ("anna", "anna", "bert")]
        flying.remove(delivery(1))
        await turns()
        ended = [one.done() for one in waiting]
        flying.remove(delivery(1, user="bert"))
        await asyncio.gather(*waiting)
        return ended

    assert asyncio.run(wait()) == [True, True, False]


def test_a_wait_that_was_left_hinders_no_other() -> None:
    async def wait() -> None:
        flying = InFlight()
        flying.add(delivery(1))
        left, stays = await begun(flying.next_end("anna")), await begun(flying.next_end("anna"))
        left.cancel()
        await turns()
        flying.remove(delivery(1))
        await stays

    asyncio.run(wait())


def test_who_waits_for_all_waits_for_the_last_one() -> None:
    async def wait() -> list[bool]:
        flying = InFlight()
        await flying.none_left("anna")
        flying.add(delivery(1))
        flying.add(delivery(2))
        waiting, seen = await begun(flying.none_left("anna")), []
        for number in (1, 2):
            flying.remove(delivery(number))
            await turns()
            seen.append(waiting.done())
        await waiting
        return seen

    assert asyncio.run(wait()) == [False, True]
