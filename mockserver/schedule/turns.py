"""Who does an account's due work at present, and which of its deliveries are under way."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.notify.delivery import Delivery


class Turns:
    """One at a time does an account's due work: the worker's thread, or whoever moves its clock."""

    def __init__(self) -> None:
        """Nobody's turn."""
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def of(self, user: str) -> threading.Lock:
        """The lock to be held while doing an account's work."""
        with self._lock:
            return self._locks.setdefault(user, threading.Lock())

    @contextmanager
    def try_of(self, user: str) -> Iterator[bool]:
        """Hold an account's lock if it is free; tells whether it was."""
        lock = self.of(user)
        free = lock.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                lock.release()


class UnderWay:
    """The deliveries that have been sent and have not come to an end."""

    def __init__(self) -> None:
        """None."""
        self._changed = threading.Condition()
        self._deliveries: dict[str, dict[tuple[int, int], int]] = {}

    def add(self, delivery: Delivery) -> None:
        """A delivery is on its way."""
        with self._changed:
            self._deliveries.setdefault(delivery.user, {})[delivery.world, delivery.notification] = delivery.at

    def remove(self, delivery: Delivery) -> None:
        """A delivery has come to its end."""
        with self._changed:
            of_user = self._deliveries.get(delivery.user, {})
            of_user.pop((delivery.world, delivery.notification), None)
            if not of_user:
                self._deliveries.pop(delivery.user, None)
            self._changed.notify_all()

    def forget(self) -> None:
        """Nothing is waited for any more."""
        with self._changed:
            self._deliveries.clear()
            self._changed.notify_all()

    def oldest(self, user: str) -> int | None:
        """The instant of an account's earliest delivery that is under way, or None."""
        with self._changed:
            # They are added in the order of their instants.
            return next(iter(self._deliveries.get(user, {}).values()), None)

    def wait(self, user: str, oldest: int | None) -> None:
        """Wait until an account's earliest delivery is a later one; with None, until there is none."""
        with self._changed:
            while (first := next(iter(self._deliveries.get(user, {}).values()), None)) is not None:
                if oldest is not None and first > oldest:
                    return
                self._changed.wait()
