"""Child processes that Ctrl-C does not reach, and that end with all that they have started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any


def of_its_own() -> dict[str, Any]:
    """Arguments of `subprocess.Popen` for a process that does not get the Ctrl-C of this one's terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def end_with_children(pid: int) -> None:
    """Kill a process that was started with `of_its_own`, and those that it has started; does nothing if it ended."""
    if sys.platform == "win32":
        with suppress(OSError):
            subprocess.run(  # noqa: S603 - a number
                ["taskkill", "/F", "/T", "/PID", str(pid)],  # noqa: S607 - of Windows itself
                check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
    else:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
