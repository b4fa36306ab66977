"""Files that one process holds locked, for as long as it lives."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**30  # beyond what is written, as nobody else can read what is locked

    def lock(file: int) -> None:
        """Lock an open file for this process.

        Raises:
            OSError: another process has it.
        """
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)

    def is_still(file: int, path: Path) -> bool:  # noqa: ARG001 - an open file cannot be removed there
        """Whether an open file is still the one at a path.

        Raises:
            FileNotFoundError: there is none.
        """
        return True

    def remove(file: int, path: Path) -> None:
        """Unlock a file and remove it, unless another process has opened it by then."""
        os.close(file)
        with suppress(OSError):
            path.unlink()
else:
    import fcntl

    def lock(file: int) -> None:
        """Lock an open file for this process.

        Raises:
            OSError: another process has it.
        """
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def is_still(file: int, path: Path) -> bool:
        """Whether an open file is still the one at a path.

        Raises:
            FileNotFoundError: there is none.
        """
        return os.path.samestat(os.fstat(file), path.stat())

    def remove(file: int, path: Path) -> None:
        """Unlock a file and remove it."""
        path.unlink(missing_ok=True)
        os.close(file)
