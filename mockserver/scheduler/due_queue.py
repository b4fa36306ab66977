"""Whose work comes next: each account's instants in the order in which the machine's time brings them.

Accounts have clocks of their own, so an instant that is long past for one may be years away for another, and one on a
clock that stands still comes by hand only.
"""

from __future__ import annotations

import asyncio
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.clock import Clocks
    from mockserver.delivery.dispatcher import Delivery


class DueQueue:
    """The next instant at which to look after each account. Not safe for threads: its owner has a lock."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._planned: dict[str, tuple[int | None, int]] = {}
        self._coming: list[tuple[int, str]] = []

    def add(self, user: str, at: int) -> bool:
        """Look after an account at an instant of its clock, unless sooner is planned; whether it comes first now."""
        planned = self._planned.get(user)
        if planned is not None and planned[1] <= at:
            return False
        return self._place(user, at)

    def follow_clock(self, user: str) -> bool:
        """Find a place for what is planned for an account whose clock was changed; whether it comes first now."""
        planned = self._planned.get(user)
        return planned is not None and self._place(user, planned[1])

    def waits_for_hand(self, user: str) -> bool:
        """Whether what is planned for an account does not come by itself."""
        return self._planned.get(user, _NOTHING)[0] is None

    def forget(self, user: str) -> None:
        """Plan nothing for an account."""
        self._planned.pop(user, None)

    def take(self) -> str | float | None:
        """The account whose instant has come; else the seconds until the next one; None if none comes by itself."""
        while self._coming:
            arrival, user = self._coming[0]
            planned = self._planned.get(user)
            if planned is None or planned[0] != arrival:
                heappop(self._coming)
                continue
            seconds = self._clocks.machine.seconds_until(arrival)
            if seconds != 0:
                return seconds
            heappop(self._coming)
            if self._has_come(user, planned[1]):
                del self._planned[user]
                return user
            self._place(user, planned[1], not_before=arrival + 1)  # its clock has been slowed down since
        return None

    def _has_come(self, user: str, at: int) -> bool:
        try:
            return self._clocks.of(user).seconds_until(at) == 0
        except ArithmeticError:
            return True  # who does the account's work finds out what is wrong with its clock

    def _place(self, user: str, at: int, not_before: int = 0) -> bool:
        try:
            arrival = self._clocks.of(user).arrival_of(at)
        except ArithmeticError:
            arrival = self._clocks.machine.now()
        if arrival is not None:
            arrival = max(arrival, not_before)
        self._planned[user] = (arrival, at)
        if len(self._coming) > _SPARE + 2 * len(self._planned):  # most are of instants that are planned no more
            self._coming = [(when, one) for one, (when, _) in self._planned.items() if when is not None and one != user]
            heapify(self._coming)
        if arrival is None:
            return False
        heappush(self._coming, (arrival, user))
        return self._coming[0] == (arrival, user)


_NOTHING = (0, 0)
_SPARE = 100


class InFlight:
    """The deliveries of each account that are in flight, in the order of their instants."""

    def __init__(self) -> None:
        self._instants: dict[str, dict[tuple[int, int], int]] = {}
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def add(self, delivery: Delivery) -> None:
        """A delivery has been sent."""
        self._instants.setdefault(delivery.user, {})[delivery.generation, delivery.notification] = delivery.at

    def remove(self, delivery: Delivery) -> None:
        """A delivery has ended."""
        instants = self._instants.get(delivery.user, {})
        instants.pop((delivery.generation, delivery.notification), None)
        if not instants:
            self._instants.pop(delivery.user, None)
        for waiting in self._waiting.pop(delivery.user, ()):
            if not waiting.done():
                waiting.set_result(None)

    def oldest(self, user: str) -> int | None:
        """The instant of an account's earliest delivery that is in flight; None if there is none."""
        return next(iter(self._instants.get(user, {}).values()), None)

    async def next_end(self, user: str) -> None:
        """Wait until a delivery of an account ends."""
        ended = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, []).append(ended)
        await ended

    async def none_left(self, user: str) -> None:
        """Wait until no delivery of an account is in flight."""
        while user in self._instants:
            await self.next_end(user)
