"""The records of an account's history: exchanges, timelines, notifications and their attempts."""

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
    """A field with a mistake: a description of its value, the rule and its source, and the most similar valid value."""

    field: str
    value: str
    rule: str
    source: str
    nearest: str
    hint: str


class ExplanationRecord(msgspec.Struct):
    """Why a request was rejected, and how to fix it; for a wrong sign, both strings and their first difference.

    `first_difference` counts UTF-8 bytes. `client_string` is empty if it is unknown; `checked` then lists what was
    ruled out. Long strings are cut to 8 KiB around the first difference, from byte `shown_from` on.
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
    """A request to the gateway and its answer.

    `reason` says why it was refused or changed by a scenario, and is otherwise empty; `explanation` is the diagnosis
    of a refusal. `hints` say what looks wrong in an accepted request.
    """

    sources = {
        "duration_us": "duration", "explanation": _explanation, "path": exchange_path,
        "hints": lambda exchange: exchange.hint.splitlines(),
    }  # fmt: skip

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
    hints: list[str]
    path: str


class EventRecord(Shown):
    """One event of a timeline; `reference` is the number of its exchange or notification."""

    sources = {"text": "sentence", "reference": lambda event: event.reference or None}

    timeline: str
    at: Instant
    kind: str
    text: str
    reference: int | None


class AttemptRecord(Shown):
    """One attempt to deliver a notification."""

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
    """A notification and its attempts; `defect` is what the merchant should notice, such as `wrong signature`."""

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
    defect: str
    attempts: list[AttemptRecord]

    @classmethod
    def with_attempts(cls, notification: Notification, view: AccountView) -> NotificationRecord:
        shown = cls.of(notification)
        shown.attempts = [AttemptRecord.of(attempt) for attempt in view.attempts(notification.number)]
        return shown


def timeline_of(timeline: str, unit: AccountView) -> list[EventRecord]:
    """The events of a timeline, in order.

    These are requests with their signature check and scenario, changes of state, notifications, attempts, and changes
    of the clock since its beginning.
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
