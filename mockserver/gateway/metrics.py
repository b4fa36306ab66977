"""Metrics for Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import JournalEntry
    from mockserver.gateway.findings import FindingKind


class Metrics:
    """Counters since the start of this process. For a payment they are only incremented."""

    def __init__(self, known_methods: frozenset[str]) -> None:
        """Methods that are not known are counted as `unknown`, as their names have no limit."""
        self._known = known_methods
        self._exchanges: Counter[tuple[str, ...]] = Counter()
        self._attempts: Counter[tuple[str, ...]] = Counter()

    def take_exchange(self, entry: JournalEntry) -> None:
        method = entry.method
        self._exchanges[method if method in self._known else "unknown", entry.code] += 1

    def take_attempt(self, _user: str, notification: Notification, attempt: Attempt) -> None:
        self._attempts[notification.type, "accepted" if attempt.accepted else "not accepted"] += 1

    def text(self, accounts: int, findings: Mapping[FindingKind, int]) -> str:
        """All metrics in the text format of Prometheus."""
        exchanges, about = self._exchanges.copy(), "Requests to the gateway."
        requests = _lines("yabandpay_requests_total", "counter", about, ("method", "code"), exchanges)
        attempts = self._attempts.copy()
        name, about = "yabandpay_notification_attempts_total", "Attempts to deliver a notification."
        deliveries = _lines(name, "counter", about, ("type", "result"), attempts)
        kinds: dict[tuple[str, ...], int] = {(kind,): count for kind, count in findings.items()}
        found = _lines("yabandpay_findings_total", "counter", "Findings of a strict run.", ("kind",), kinds)
        return requests + deliveries + found + _lines("yabandpay_accounts", "gauge", "Accounts.", (), {(): accounts})


def _lines(name: str, kind: str, about: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], int]) -> str:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for values, count in sorted(counts.items()):
        named = ",".join(f'{label}="{value}"' for label, value in zip(labels, values, strict=True))
        lines.append(f"{name}{{{named}}} {count}" if named else f"{name} {count}")
    return "\n".join(lines) + "\n"
