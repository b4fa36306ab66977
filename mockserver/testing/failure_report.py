"""What a failed test shows of its account: requests, orders and notifications."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

from mockserver.domain.codes import REFUSAL_MESSAGES, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


_LOGGERS = ("mockserver", "uvicorn.error")


class SandboxFailedError(Exception):
    """The sandbox itself failed; the message holds what it logged. This is a bug: please report it."""


class Failures(logging.Handler):
    """Collects the errors that a sandbox's threads log."""

    def __init__(self, mask: Callable[[str], str] = str) -> None:
        """Nothing has gone wrong yet; `mask` gives a text without the secrets of the sandbox's accounts."""
        super().__init__(logging.ERROR)
        self._mask = mask
        self._records: list[logging.LogRecord] = []

    def listen(self) -> None:
        """Hear of errors from now on."""
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self)

    def close(self) -> None:
        """Hear of no more."""
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """An error was logged."""
        self._records.append(record)

    @property
    def count(self) -> int:
        """How many there have been."""
        return len(self._records)

    def check(self, after: int = 0) -> None:
        """Raise what went wrong after so many failures.

        Raises:
            SandboxFailedError: something did.
        """
        records = self._records[after:]
        if records:
            told = "\n".join(_told(record) for record in records)
            shown = self._mask(told)
            cause = records[0].exc_info[1] if records[0].exc_info else None
            raise SandboxFailedError(shown) from (cause if shown == told else None)  # its text may hold a secret


def _told(record: logging.LogRecord) -> str:
    said = record.getMessage().strip()
    if record.exc_info and record.exc_info[1] is not None:
        return f"{said}\n{''.join(traceback.format_exception(record.exc_info[1])).rstrip()}"
    return said
