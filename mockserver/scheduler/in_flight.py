"""Which deliveries have been sent and have not ended. All of it is called on one event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.delivery.queues import Delivery


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
