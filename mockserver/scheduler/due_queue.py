"""The accounts that have due work, in the order of the machine's time, and their deliveries in flight."""

from __future__ import annotations

import asyncio
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.clock import Clocks
    from mockserver.delivery.dispatcher import Delivery


class DueQueue:
    """The next due instant of each account, in the order in which the machine's clock reaches them.

    Accounts have their own clocks, so instants of different accounts cannot be compared. Each is converted to its
    arrival, the machine's instant at which it is reached; None on a clock that stands still before it.

    `_planned` has the valid arrival and instant of each account. `_coming` is a heap of arrivals that is only added to:
    a changed plan makes the earlier entry outdated, which is skipped when it reaches the top. With too many outdated
    entries the heap is rebuilt. The queue has no lock; `Worker` guards it with its own.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._planned: dict[str, tuple[int | None, int]] = {}
        self._coming: list[tuple[int, str]] = []

    def add(self, user: str, at: int) -> bool:
        """Plan an account at an instant of its clock, unless an earlier one is planned; returns whether it is first."""
        planned = self._planned.get(user)
        if planned is not None and planned[1] <= at:
            return False
        return self._place(user, at)

    def follow_clock(self, user: str) -> bool:
        """Recompute the arrival of an account whose clock was changed; returns whether it is first."""
        planned = self._planned.get(user)
        return planned is not None and self._place(user, planned[1])

    def is_ready_for(self, user: str, at: int | None) -> bool:
        """Whether an account is planned no later than `at`, if that is given, on a clock that runs; needs no lock."""
        planned = self._planned.get(user)
        if planned is None:
            return at is None
        return planned[0] is not None and (at is None or planned[1] <= at)

    def stands_still(self, user: str) -> bool:
        """Whether the account's clock stands still before the planned instant."""
        return self._planned.get(user, _NOTHING)[0] is None

    def forget(self, user: str) -> None:
        self._planned.pop(user, None)

    def take(self) -> str | float | None:
        """Remove and return an account that is due; otherwise the seconds until the next one, or None."""
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
            self._place(user, planned[1], not_before=arrival + 1)  # its clock was slowed down
        return None

    def _has_come(self, user: str, at: int) -> bool:
        try:
            return self._clocks.of(user).seconds_until(at) == 0
        except ArithmeticError:
            return True  # the account's work reports what is wrong with its clock

    def _place(self, user: str, at: int, not_before: int = 0) -> bool:
        try:
            arrival = self._clocks.of(user).arrival_of(at)
        except ArithmeticError:
            arrival = self._clocks.machine.now()
        if arrival is not None:
            arrival = max(arrival, not_before)
        self._planned[user] = (arrival, at)
        if len(self._coming) > _SPARE + 2 * len(self._planned):  # most are outdated
            self._coming = [(when, one) for one, (when, _) in self._planned.items() if when is not None and one != user]
            heapify(self._coming)
        if arrival is None:
            return False
        heappush(self._coming, (arrival, user))
        return self._coming[0] == (arrival, user)


_NOTHING = (0, 0)
_SPARE = 100


class InFlight:
    """The deliveries in flight of each account, in the order of their instants."""

    def __init__(self) -> None:
        self._instants: dict[str, dict[tuple[int, int], int]] = {}
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def add(self, delivery: Delivery) -> None:
        self._instants.setdefault(delivery.user, {})[delivery.generation, delivery.notification] = delivery.at

    def remove(self, delivery: Delivery) -> None:
        """Remove a delivery that has ended, and wake those that wait for it."""
        instants = self._instants.get(delivery.user, {})
        instants.pop((delivery.generation, delivery.notification), None)
        if not instants:
            self._instants.pop(delivery.user, None)
        for waiting in self._waiting.pop(delivery.user, ()):
            if not waiting.done():
                waiting.set_result(None)

    def oldest(self, user: str) -> int | None:
        """The instant of an account's earliest delivery in flight, or None."""
        return next(iter(self._instants.get(user, {}).values()), None)

    def next_end(self, user: str) -> asyncio.Future[None]:
        """A future for the end of the account's next delivery; from this call on, no end is missed."""
        ended = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, []).append(ended)
        return ended

    async def none_left(self, user: str) -> None:
        while user in self._instants:
            await self.next_end(user)
