"""The report of a failed test: the requests, orders and notifications of its account."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

from mockserver.domain.codes import REFUSAL_MESSAGES, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mockserver.api.records import PaymentRecord
    from mockserver.api.schemas import ExchangeRecord, NotificationRecord

__tracebackhide__ = True  # pytest shows the line of the test instead
_MOST = 20


def failure_report(
    title: str,
    requests: Mapping[str, Sequence[ExchangeRecord]],
    orders: Sequence[PaymentRecord],
    notifications: Sequence[NotificationRecord],
) -> str:
    """The lines of a report; `requests` has the account's own under `requests`, and others under their titles."""
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
        hint = f"  hint: {' '.join(exchange.hints)}" if exchange.hints else ""
        return f"{exchange.number}  {method}  accepted  trade {exchange.trade_id or '-'}{played}{hint}"
    return f"{exchange.number}  {method}  {exchange.code} {REFUSAL_MESSAGES.get(exchange.code, '')}  {exchange.reason}"


def _order(payment: PaymentRecord) -> str:
    return f"{payment.order_id}  {payment.amount} {payment.currency}  {payment.state}  trade {payment.trade_id}"


def _notification(notification: NotificationRecord) -> str:
    kind = "" if notification.type == "payment" else f"{notification.type} "
    what = f"{kind}{notification.notified_state}  trade {notification.timeline}"
    last = notification.attempts[-1] if notification.attempts else None
    if last is None:
        outcome = "not sent yet"
    elif last.status is None:
        outcome = f"not delivered: {last.error}"
    else:
        outcome = f"answered HTTP {last.status} {last.answer!r}"
    return f"{what}  {notification.url}  {notification.state}  {outcome}"


_LOGGER = logging.getLogger("mockserver")


class SandboxFailedError(Exception):
    """The sandbox had an internal error; the message is from its log. This is a bug: please report it."""


class Failures(logging.Handler):
    """Collects the errors that a sandbox's threads log."""

    def __init__(self, mask: Callable[[str], str] = str) -> None:
        """`mask` masks the secrets of the sandbox's accounts in a text."""
        super().__init__(logging.ERROR)
        self._mask = mask
        self._records: list[logging.LogRecord] = []

    def listen(self) -> None:
        """Start to collect errors."""
        _LOGGER.addHandler(self)

    def close(self) -> None:
        """Stop collecting errors."""
        _LOGGER.removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)

    @property
    def count(self) -> int:
        return len(self._records)

    def check(self, after: int = 0) -> None:
        """Raise the errors since the first `after` ones.

        Raises:
            SandboxFailedError: there are some.
        """
        records = self._records[after:]
        if records:
            text = "\n".join(_text(record) for record in records)
            masked = self._mask(text)
            cause = records[0].exc_info[1] if records[0].exc_info else None
            raise SandboxFailedError(masked) from (cause if masked == text else None)  # the cause may have a secret


def _text(record: logging.LogRecord) -> str:
    message = record.getMessage().strip()
    if record.exc_info and record.exc_info[1] is not None:
        return f"{message}\n{''.join(traceback.format_exception(record.exc_info[1])).rstrip()}"
    return message
