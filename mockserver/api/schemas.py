"""The stories that the sandbox's own API tells: exchanges, timelines, notifications with their attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mockserver.api.paths import exchange_path
from mockserver.api.records import PaymentRecord, RefundRecord, instant_text
from mockserver.domain.timeline import CLOCK_TIMELINE

if TYPE_CHECKING:
    from mockserver.domain.journal import Exchange
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event
    from mockserver.domain.unit_of_work import AccountView


def _explanation(text: str) -> ExplanationRecord | None:
    return msgspec.json.decode(text, type=ExplanationRecord) if text else None


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


class CulpritRecord(msgspec.Struct):
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
    fields: list[CulpritRecord] = []
    mistakes: list[str] = []
    sandbox_string: str = ""
    client_string: str = ""
    first_difference: int | None = None
    checked: list[str] = []
    shown_from: int = 0


class ExchangeRecord(msgspec.Struct):
    """A request to the gateway and its answer; `reason` is empty where it was accepted and nothing was done to it.

    `explanation` is what was found out about a refusal.
    """

    number: int
    at: str
    user: str
    method: str
    code: str
    trade_id: str
    scenario: str
    reason: str
    string_to_sign: str
    request: str
    answer: str
    duration_us: int
    explanation: ExplanationRecord | None
    path: str

    @classmethod
    def of(cls, exchange: Exchange) -> ExchangeRecord:
        """An exchange."""
        return cls(
            number=exchange.number,
            at=instant_text(exchange.at),
            user=exchange.user,
            method=exchange.method,
            code=exchange.code,
            trade_id=exchange.trade_id,
            scenario=exchange.scenario,
            reason=exchange.reason,
            string_to_sign=exchange.string_to_sign,
            request=_text(exchange.request),
            answer=_text(exchange.answer),
            duration_us=exchange.duration,
            explanation=_explanation(exchange.explanation),
            path=exchange_path(exchange),
        )


class EventRecord(msgspec.Struct):
    """One step on a timeline; `reference` is the number of the exchange or of the notification that it is about."""

    timeline: str
    at: str
    kind: str
    text: str
    reference: int | None

    @classmethod
    def of(cls, event: Event) -> EventRecord:
        """An event."""
        return cls(event.timeline, instant_text(event.at), event.kind, event.text, event.reference or None)


class AttemptRecord(msgspec.Struct):
    """One try to deliver a notification."""

    number: int
    at: str
    url: str
    sent: str
    status: int | None
    answer: str
    error: str
    duration_ms: int
    accepted: bool

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptRecord:
        """An attempt."""
        return cls(
            number=attempt.number,
            at=instant_text(attempt.at),
            url=attempt.url,
            sent=_text(attempt.sent),
            status=attempt.status,
            answer=_text(attempt.answer),
            error=attempt.error,
            duration_ms=attempt.duration,
            accepted=attempt.accepted,
        )


class NotificationRecord(msgspec.Struct):
    """A notification with the tries to deliver it."""

    number: int
    timeline: str
    type: str
    notified_state: str
    created_at: str
    url: str
    body: str
    form: str
    state: str
    attempts: list[AttemptRecord]

    @classmethod
    def of(cls, notification: Notification, unit: AccountView) -> NotificationRecord:
        """A notification."""
        return cls(
            number=notification.number,
            timeline=notification.timeline,
            type=notification.type,
            notified_state=notification.notified_state,
            created_at=instant_text(notification.created_at),
            url=notification.url,
            body=_text(notification.body),
            form=notification.form,
            state=notification.state,
            attempts=[AttemptRecord.of(attempt) for attempt in unit.attempts(notification.number)],
        )


def timeline_of(timeline: str, unit: AccountView) -> list[EventRecord]:
    """Everything that happened on a timeline, in its order.

    That is each request with its signature check and its scenario, each change of state, notification and attempt,
    and each change of the clock since it began.
    """
    events = unit.events(timeline)
    if not events:
        return []
    clock = [event for event in unit.events(CLOCK_TIMELINE) if event.at >= events[0].at]
    told = []
    for event in sorted([*events, *clock], key=lambda event: event.at):
        told.append(EventRecord.of(event))
        exchange = unit.exchange(event.reference) if event.kind == "request" else None
        if exchange is not None:
            at, number = instant_text(event.at), event.reference
            told.append(EventRecord(timeline, at, "signature", "accepted", number))
            if exchange.scenario:
                told.append(EventRecord(timeline, at, "scenario", exchange.scenario, number))
    return told


class LifeRecord(msgspec.Struct):
    """The life of a trade or a payout: its timeline, and everything that was told of it."""

    timeline: list[EventRecord]
    notifications: list[NotificationRecord]

    @classmethod
    def of(cls, timeline: str, unit: AccountView) -> LifeRecord:
        """What is known of a timeline."""
        told = [NotificationRecord.of(notification, unit) for notification in unit.notifications(timeline)]
        return cls(timeline_of(timeline, unit), told)


class PaymentLife(msgspec.Struct):
    """A payment with its refunds and its life."""

    payment: PaymentRecord
    refunds: list[RefundRecord]
    timeline: list[EventRecord]
    notifications: list[NotificationRecord]
