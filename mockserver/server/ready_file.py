"""The file by which a sandbox tells scripts that it takes requests, and where."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class ReadyFileError(ValueError):
    """The file cannot be written; the message says why."""


def prepare(file: Path) -> None:
    """See that a file can be written later, and remove what an earlier run may have left, which would be believed.

    Raises:
        ReadyFileError: it cannot be written.
    """
    try:
        file.unlink(missing_ok=True)
        part = _part_of(file)
        part.touch()
        part.unlink()
    except OSError as error:
        raise _not_written(file, error) from error


def announce(file: Path, urls: Iterable[str]) -> None:
    """Write the addresses into a file, a line each; whoever finds the file finds all of them in it.

    Raises:
        ReadyFileError: it cannot be written.
    """
    part = _part_of(file)
    try:
        part.write_text("".join(f"{url}\n" for url in urls if url), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise _not_written(file, error) from error


def withdraw(file: Path) -> None:
    """Remove the file, whole or begun."""
    for one in (file, _part_of(file)):
        with contextlib.suppress(OSError):
            one.unlink()


def _not_written(file: Path, error: OSError) -> ReadyFileError:
    return ReadyFileError(f"--ready-file: {file} cannot be written: {error.strerror}")


def _part_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")
