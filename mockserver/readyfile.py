"""The file by which a sandbox tells scripts that it takes requests, and where."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def prepare(file: Path) -> None:
    """See that a file can be written later, and remove what an earlier run may have left, which would be believed.

    Raises:
        ValueError: it cannot be written.
    """
    try:
        file.unlink(missing_ok=True)
        part = _part_of(file)
        part.touch()
        part.unlink()
    except OSError as error:
        raise ValueError(f"--ready-file: {file} cannot be written: {error.strerror}") from error


def announce(file: Path, urls: Iterable[str]) -> None:
    """Write the addresses into a file, a line each; whoever finds the file finds all of them in it."""
    part = _part_of(file)
    part.write_text("".join(f"{url}\n" for url in urls if url), encoding="utf-8")
    part.replace(file)


def withdraw(file: Path) -> None:
    """Remove the file."""
    with contextlib.suppress(OSError):
        file.unlink()


def _part_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")
