"""Internal errors of a sandbox in this process, which fail the test that met them."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__tracebackhide__ = True  # pytest shows the line of the test instead
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
