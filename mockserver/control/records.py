"""Records as the sandbox's own API shows them: plain JSON values, times as ISO 8601."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from mockserver.control.paths import exchange_path
from mockserver.payments.money import amount_text

if TYPE_CHECKING:
    from mockserver.notify.plan import Attempt, Notification
    from mockserver.payments.payment import Payment
    from mockserver.store.contract import Event, Exchange, UnitOfWork


def instant_text(instant: int) -> str:
    """An instant as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(instant / 1000, timezone.utc).isoformat(timespec="milliseconds")


def exchange_record(exchange: Exchange) -> dict[str, Any]:
    """A request and its answer."""
    return {
        "number": exchange.number,
        "at": instant_text(exchange.at),
        "user": exchange.user,
        "method": exchange.method,
        "code": exchange.code,
        "trade_id": exchange.trade_id,
        "scenario": exchange.scenario,
        "reason": exchange.reason,
        "string_to_sign": exchange.string_to_sign,
        "request": _text(exchange.request),
        "answer": _text(exchange.answer),
        "duration_us": exchange.duration,
        "path": exchange_path(exchange),
    }


def order_record(payment: Payment, unit: UnitOfWork) -> dict[str, Any]:
    """An order with its timeline and its notifications."""
    return {
        "trade_id": payment.trade_id,
        "order_id": payment.order_id,
        "method": payment.method,
        "amount": amount_text(payment.amount),
        "currency": payment.currency,
        "state": payment.state,
        "scenario": payment.scenario,
        "created_at": instant_text(payment.created_at),
        "expires_at": instant_text(payment.expires_at),
        "timeline": [_event_record(event) for event in unit.events(payment.trade_id)],
        "notifications": [
            _notification_record(notification, unit.attempts(notification.number))
            for notification in unit.notifications(payment.trade_id)
        ],
    }


def _event_record(event: Event) -> dict[str, Any]:
    return {"at": instant_text(event.at), "kind": event.kind, "text": event.text, "reference": event.reference or None}


def _notification_record(notification: Notification, attempts: list[Attempt]) -> dict[str, Any]:
    return {
        "number": notification.number,
        "type": notification.type,
        "state_told": notification.told,
        "url": notification.url,
        "body": _text(notification.body),
        "state": notification.state,
        "attempts": [
            {
                "number": attempt.number,
                "at": instant_text(attempt.at),
                "url": attempt.url,
                "sent": _text(attempt.sent),
                "status": attempt.status,
                "answer": _text(attempt.answer),
                "error": attempt.error,
                "duration_ms": attempt.duration,
                "accepted": attempt.accepted,
            }
            for attempt in attempts
        ],
    }


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
