"""What a failed test shows of its account: requests, orders and notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.domain.codes import REFUSAL_MESSAGES, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mockserver.api.records import PaymentRecord
    from mockserver.api.schemas import ExchangeRecord, NotificationRecord

_MOST = 20


def failure_report(
    title: str,
    requests: Mapping[str, Sequence[ExchangeRecord]],
    orders: Sequence[PaymentRecord],
    notifications: Sequence[NotificationRecord],
) -> str:
    """Lines about an account; `requests` are its own under `requests`, and those of other users under their titles."""
    parts = {
        **{name: list(map(_request, exchanges)) for name, exchanges in requests.items()},
        "orders": list(map(_order, orders)),
        "notifications": list(map(_notification, notifications)),
    }
    lines = [title]
    for name, found in parts.items():
        if found:
            lines += [name, *_newest(found)]
    if not parts["requests"]:
        lines.append("The account received no request. Does the application use its url, user and secret_key?")
    return "\n".join(lines)


def _newest(lines: Sequence[str]) -> Iterable[str]:
    if len(lines) > _MOST:
        yield f"  ({len(lines) - _MOST} earlier ones)"
    for line in lines[-_MOST:]:
        yield f"  {line}"


def _request(exchange: ExchangeRecord) -> str:
    method = exchange.method or "(no method)"
    if exchange.code == SUCCESS:
        played = f"  scenario {exchange.scenario}" if exchange.scenario else ""
        return f"{exchange.number}  {method}  accepted  trade {exchange.trade_id or '-'}{played}"
    return f"{exchange.number}  {method}  {exchange.code} {REFUSAL_MESSAGES.get(exchange.code, '')}  {exchange.reason}"


def _order(payment: PaymentRecord) -> str:
    return f"{payment.order_id}  {payment.amount} {payment.currency}  {payment.state}  trade {payment.trade_id}"


def _notification(notification: NotificationRecord) -> str:
    kind = "" if notification.type == "payment" else f"{notification.type} "
    what = f"{kind}{notification.notified_state}  trade {notification.timeline}"
    last = notification.attempts[-1] if notification.attempts else None
    if last is None:
        came = "not sent yet"
    elif last.status is None:
        came = f"not delivered: {last.error}"
    else:
        came = f"answered HTTP {last.status} {last.answer!r}"
    return f"{what}  {notification.url}  {notification.state}  {came}"
