"""What goes wrong in a sandbox's own threads, kept for the test that caused it."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


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
