"""Counts what passes through the sandbox, for Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Exchange


class Metrics:
    """Counts since the start of this process. Adding to them is all that happens on the way of a payment."""

    def __init__(self, known_methods: frozenset[str]) -> None:
        """Nothing yet. Methods that do not exist are counted as unknown, as there is no end of them."""
        self._known = known_methods
        self._exchanges: Counter[tuple[str, ...]] = Counter()
        self._attempts: Counter[tuple[str, ...]] = Counter()

    def take_exchange(self, exchange: Exchange) -> None:
        """Count a request."""
        method = exchange.method if exchange.method in self._known else "unknown"
        self._exchanges[method, exchange.code] += 1

    def take_attempt(self, _user: str, notification: Notification, attempt: Attempt) -> None:
        """Count a try to deliver a notification."""
        self._attempts[notification.type, "accepted" if attempt.accepted else "not accepted"] += 1

    def text(self, accounts: int) -> str:
        """All figures in the text format of Prometheus."""
        exchanges, about = self._exchanges.copy(), "Requests to the gateway."
        asked = _lines("yabandpay_requests_total", "counter", about, ("method", "code"), exchanges)
        attempts = self._attempts.copy()
        name, about = "yabandpay_notification_attempts_total", "Tries to deliver a notification."
        told = _lines(name, "counter", about, ("type", "result"), attempts)
        return asked + told + _lines("yabandpay_accounts", "gauge", "Accounts.", (), {(): accounts})


def _lines(name: str, kind: str, about: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], int]) -> str:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for values, count in sorted(counts.items()):
        named = ",".join(f'{label}="{value}"' for label, value in zip(labels, values, strict=True))
        lines.append(f"{name}{{{named}}} {count}" if named else f"{name} {count}")
    return "\n".join(lines) + "\n"
