"""Which delivery goes out next: the order within a destination, and the share of connections of each account."""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple


class Delivery(NamedTuple):
    """Bytes to be posted to a merchant for a notification of an account in one of its worlds, from an instant on.

    Deliveries of one sequence go out one after the other.
    """

    user: str
    generation: int
    notification: int
    sequence: str
    at: int
    url: str
    body: bytes
    content_type: str = "application/json"

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from others."""
        return (self.user, self.generation, self.notification)


class Destination(NamedTuple):
    """One account's deliveries to one host and port share connections, and nobody else's."""

    user: str
    scheme: str
    host: str
    port: int | None


class DestinationQueue:
    """The deliveries waiting for one destination.

    While one notification of a sequence is under way, the next ones of it are held back.
    """

    MOST_CONNECTIONS = 4

    def __init__(self) -> None:
        self.connections = 0
        self._waiting: deque[tuple[Delivery, str]] = deque()
        self._held_back: dict[tuple[int, str], deque[tuple[Delivery, str]]] = {}

    def put(self, delivery: Delivery, url: str) -> None:
        """Take a delivery and the address that it goes to."""
        sequence = (delivery.generation, delivery.sequence)
        if sequence in self._held_back:
            self._held_back[sequence].append((delivery, url))
        else:
            self._held_back[sequence] = deque()
            self._waiting.append((delivery, url))

    @property
    def wants_connection(self) -> bool:
        """Whether another connection would have something to send."""
        return bool(self._waiting) and self.connections < self.MOST_CONNECTIONS

    def take(self) -> tuple[Delivery, str] | None:
        """The next delivery to be sent, if there is one."""
        return self._waiting.popleft() if self._waiting else None

    def end(self, delivery: Delivery) -> None:
        """A delivery that was taken has ended: the next of its sequence may go."""
        sequence = (delivery.generation, delivery.sequence)
        if self._held_back[sequence]:
            self._waiting.append(self._held_back[sequence].popleft())
        else:
            del self._held_back[sequence]


class ConnectionShares:
    """Shares a bounded number of connections among accounts.

    An account may take another one while it has fewer than are free. So one account alone gets half of them, two a
    third each, and there is always one for the next account, however many others wait for merchants that hang.
    """

    def __init__(self, most: int) -> None:
        """`most` connections may be open at once."""
        self._free = most
        self._taken: Counter[str] = Counter()

    def take(self, user: str) -> bool:
        """Take a connection for an account, if it may have another one; tells whether it was taken."""
        if not self.may_take(user):
            return False
        self._taken[user] += 1
        self._free -= 1
        return True

    def may_take(self, user: str) -> bool:
        """Whether an account may have another connection now."""
        return self._taken[user] < self._free

    def give_back(self, user: str) -> None:
        """A connection of an account has ended."""
        self._free += 1
        self._taken[user] -= 1
        if self._taken[user] == 0:
            del self._taken[user]

    def is_beyond(self, user: str) -> bool:
        """Whether an account has more connections than it could take now, and so should end one for others."""
        return self._taken[user] > self._free + 1
