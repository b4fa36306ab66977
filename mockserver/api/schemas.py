"""What the API shows of an account's history: exchanges, timelines, notifications with their attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mockserver.api.paths import exchange_path
from mockserver.api.records import Content, Instant, PaymentRecord, RefundRecord, Shown, instant_text
from mockserver.domain.timeline import CLOCK_TIMELINE

if TYPE_CHECKING:
    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.timeline import Exchange
    from mockserver.domain.unit_of_work import AccountView


def _explanation(exchange: Exchange) -> ExplanationRecord | None:
    text = exchange.explanation
    return msgspec.json.decode(text, type=ExplanationRecord) if text else None


class FieldErrorRecord(msgspec.Struct):
    """A field at fault: the shape of its value, the rule and where it is documented, the nearest valid value."""

    field: str
    value: str
    rule: str
    source: str
    nearest: str
    hint: str


class ExplanationRecord(msgspec.Struct):
    """Why a request was refused, and what to do; for a wrong sign both strings and where they first differ.

    `first_difference` counts UTF-8 bytes. `client_string` is empty where it is not known; `checked` then says what was
    ruled out. Of long strings 8 KiB around the first difference are shown, from the byte `shown_from` on.
    """

    sentence: str
    cure: str
    fields: list[FieldErrorRecord] = []
    mistakes: list[str] = []
    sandbox_string: str = ""
    client_string: str = ""
    first_difference: int | None = None
    checked: list[str] = []
    shown_from: int = 0


class ExchangeRecord(Shown):
    """A request to the gateway and its answer; `reason` is empty where it was accepted and nothing was done to it.

    `explanation` is what was found out about a refusal.
    """

    sources = {"duration_us": "duration", "explanation": _explanation, "path": exchange_path}

    number: int
    at: Instant
    user: str
    method: str
    code: str
    trade_id: str
    scenario: str
    reason: str
    string_to_sign: str
    request: Content
    answer: Content
    duration_us: int
    explanation: ExplanationRecord | None
    path: str


class EventRecord(Shown):
    """One step on a timeline; `reference` is the number of the exchange or of the notification that it is about."""

    sources = {"text": "sentence", "reference": lambda event: event.reference or None}

    timeline: str
    at: Instant
    kind: str
    text: str
    reference: int | None


class AttemptRecord(Shown):
    """One try to deliver a notification."""

    sources = {"duration_ms": "duration"}

    number: int
    at: Instant
    url: str
    sent: Content
    status: int | None
    answer: Content
    error: str
    duration_ms: int
    accepted: bool


class NotificationRecord(Shown):
    """A notification with the tries to deliver it."""

    sources = {"attempts": lambda _notification: []}

    number: int
    timeline: str
    type: str
    notified_state: str
    created_at: Instant
    url: str
    body: Content
    form: str
    state: str
    attempts: list[AttemptRecord]

    @classmethod
    def with_attempts(cls, notification: Notification, view: AccountView) -> NotificationRecord:
        """A notification, with its attempts from the account."""
        shown = cls.of(notification)
        shown.attempts = [AttemptRecord.of(attempt) for attempt in view.attempts(notification.number)]
        return shown


def timeline_of(timeline: str, unit: AccountView) -> list[EventRecord]:
    """Everything that happened on a timeline, in its order.

    That is each request with its signature check and its scenario, each change of state, notification and attempt,
    and each change of the clock since it began.
    """
    events = unit.events(timeline)
    if not events:
        return []
    clock = [event for event in unit.events(CLOCK_TIMELINE) if event.at >= events[0].at]
    steps = []
    for event in sorted([*events, *clock], key=lambda event: event.at):
        steps.append(EventRecord.of(event))
        exchange = unit.exchange(event.reference) if event.kind == "request" else None
        if exchange is not None:
            at, number = instant_text(event.at), event.reference
            steps.append(EventRecord(timeline, at, "signature", "accepted", number))
            if exchange.scenario:
                steps.append(EventRecord(timeline, at, "scenario", exchange.scenario, number))
    return steps


class TimelineRecord(msgspec.Struct):
    """The history of a trade or a payout: its timeline and its notifications."""

    timeline: list[EventRecord]
    notifications: list[NotificationRecord]

    @classmethod
    def of(cls, timeline: str, unit: AccountView) -> TimelineRecord:
        """What is known of a timeline."""
        notifications = [
            NotificationRecord.with_attempts(notification, unit) for notification in unit.notifications(timeline)
        ]
        return cls(timeline_of(timeline, unit), notifications)


class PaymentDetails(msgspec.Struct):
    """A payment with its refunds, timeline and notifications."""

    payment: PaymentRecord
    refunds: list[RefundRecord]
    timeline: list[EventRecord]
    notifications: list[NotificationRecord]
