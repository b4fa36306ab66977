"""What happened in an account, in a few lines: what a person needs who reads why a test failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.codes import REFUSAL_MESSAGES, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mockserver.control.records import PaymentRecord
    from mockserver.control.stories import ExchangeRecord, NotificationRecord
    from mockserver.testing.account import MerchantAccount

_MOST = 20


def told(account: MerchantAccount, others: Mapping[str, Sequence[ExchangeRecord]]) -> str:
    """The account's requests, orders and notifications; `others` are requests of other users meanwhile."""
    parts = {
        "requests": list(map(_request, account.requests)),
        **{title: list(map(_request, asked)) for title, asked in others.items()},
        "orders": list(map(_order, account.payments)),
        "notifications": list(map(_notification, account.notifications)),
    }
    lines = [f"account {account.user} at {account.url}"]
    for title, found in parts.items():
        if found:
            lines += [title, *_newest(found)]
    if not parts["requests"]:
        lines.append("The account was asked for nothing. Does the application use its url, user and secret_key?")
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
    what = f"{kind}{notification.state_told}  trade {notification.timeline}"
    last = notification.attempts[-1] if notification.attempts else None
    if last is None:
        came = "not sent yet"
    elif last.status is None:
        came = f"not delivered: {last.error}"
    else:
        came = f"answered HTTP {last.status} {last.answer!r}"
    return f"{what}  {notification.url}  {notification.state}  {came}"
