"""What the clients have sent, and what came back: the truth that a database is compared with."""

from __future__ import annotations

import threading
import time
from typing import Literal, NamedTuple

RequestKind = Literal["create", "pay", "refund", "capture", "cancel", "payout", "query"]
Outcome = Literal["answered", "refused", "failed", "unknown"]


class Sent(NamedTuple):
    """One request of a client.

    `reference` is the merchant's own id of what the request creates: order_id, m_refund_id, or reference of a payout;
    no other request has it. `amount` is in hundredths. `identifier` is the id that was answered: trade_id, refund_id or
    payout_id.

    `refused` means that the sandbox has named a rule that the request breaks, `failed` that it has answered that it
    could not do its work, and `unknown` that there was no answer. After these two the request may have had its effect,
    but not half of it. `at` is when the outcome was known, in seconds since the epoch.
    """

    kind: RequestKind
    user: str
    reference: str = ""
    trade_id: str = ""
    amount: int = 0
    currency: str = "EUR"
    outcome: Outcome = "unknown"
    identifier: str = ""
    detail: str = ""
    at: float = 0


class RequestLog:
    """The requests of all clients. Safe for use by several threads."""

    def __init__(self, most: int, timeout: float) -> None:
        """Clients stop after `most` decided requests, or if none is decided for `timeout` seconds."""
        self.sent: list[Sent] = []
        self._most, self._timeout = most, timeout
        self._decided, self._decided_at = 0, time.monotonic()
        self._stopped = False
        self._grown = threading.Condition()

    def add(self, sent: Sent) -> None:
        with self._grown:
            self.sent.append(sent)
            if sent.outcome in {"answered", "refused"}:
                self._decided, self._decided_at = self._decided + 1, time.monotonic()
            self._grown.notify_all()

    @property
    def is_complete(self) -> bool:
        """Whether enough was decided, or no more comes."""
        return self._stopped or self._decided >= self._most or self.is_stalled

    @property
    def is_stalled(self) -> bool:
        """Whether requests are sent, and none of them is decided any more."""
        return self._decided < self._most and time.monotonic() - self._decided_at > self._timeout

    def stop(self) -> None:
        with self._grown:
            self._stopped = True
            self._grown.notify_all()

    def wait_for(self, decided: int) -> None:
        """Wait until so many requests are decided, or no more come."""
        with self._grown:
            self._grown.wait_for(lambda: self._decided >= decided or self.is_complete)
