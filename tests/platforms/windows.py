"""Runs a program as if this Python were one on Windows: `python tests/platforms/windows.py -c CODE`, or a command line.

What only POSIX has is removed, what only Windows has is imitated, and a signal reaches a thread that does not wait for
anything, so that it interrupts no wait of the main thread. Python's own library stays that of this system, and so do
paths, processes and the kernel: what depends on those can only be tried on Windows.
"""

from __future__ import annotations

import asyncio  # noqa: F401 - imported as on this system, before it looks like Windows
import fcntl
import os
import select
import signal
import socket
import ssl  # noqa: F401 - as above
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import click  # noqa: F401 - as above
import flask  # noqa: F401 - as above
import requests  # noqa: F401 - as above
import sqlalchemy  # noqa: F401 - as above

GONE = {
    os: ["fork", "forkpty", "killpg", "register_at_fork", "sched_yield", "getuid", "geteuid", "setsid", "waitstatus_to_exitcode"],
    signal: ["SIGCHLD", "SIGKILL", "SIGHUP", "SIGUSR1", "pthread_sigmask", "SIG_BLOCK", "SIG_UNBLOCK", "sigwait"],
    select: ["poll", "epoll", "PIPE_BUF"],
    socket: ["SO_REUSEPORT"],
}  # fmt: skip
MISSING = ["fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "readline", "syslog"]
CREATE_NEW_PROCESS_GROUP = 0x200
_real_popen = subprocess.Popen


class _Popen(_real_popen):  # type: ignore[type-arg]
    """A process as Windows starts it: a new group has a flag, and what POSIX calls a session does not exist."""

    def __init__(self, *arguments: Any, creationflags: int = 0, start_new_session: bool = False, **rest: Any) -> None:
        assert not start_new_session, "Windows has no sessions"
        assert creationflags in {0, CREATE_NEW_PROCESS_GROUP}
        super().__init__(*arguments, start_new_session=bool(creationflags), **rest)

    def kill(self) -> None:
        self.send_signal(9)


def _msvcrt() -> ModuleType:
    """Windows' locks: of bytes from the present place of a file on, which nobody else can read meanwhile."""
    module = ModuleType("msvcrt")
    exclusive, at_once, here = fcntl.LOCK_EX, fcntl.LOCK_NB, os.SEEK_CUR

    def locking(file: int, mode: int, count: int) -> None:
        assert mode == module.LK_NBLCK
        assert os.lseek(file, 0, here) >= 100, "the beginning, with the number of the owner, must stay readable"
        fcntl.lockf(file, exclusive | at_once, count, os.lseek(file, 0, here))

    module.LK_NBLCK, module.locking = 2, locking  # type: ignore[attr-defined]
    return module


def _unlink(path: Any, *arguments: Any, **named: Any) -> None:
    """Remove a file, which Windows refuses while this process has it open."""
    place = Path(path)
    if place.exists():
        removed = place.stat()
        for number in range(3, 256):
            try:
                found = os.fstat(number)
            except OSError:
                continue
            if os.path.samestat(removed, found):
                raise PermissionError(13, "The process cannot access the file because it is being used", str(path))
    _real_unlink(path, *arguments, **named)


_real_unlink = os.unlink


def _wait_for_nothing(started: threading.Event) -> None:
    started.set()
    threading.Event().wait()


def pretend() -> None:
    """Make this process look like one on Windows."""
    is_other = threading.Event()
    threading.Thread(target=_wait_for_nothing, args=(is_other,), daemon=True).start()
    is_other.wait()
    signal.pthread_sigmask(
        signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGUSR2]
    )  # in this thread: the other one gets them
    signal.SIGBREAK = signal.SIGUSR2  # type: ignore[attr-defined]
    socket.SO_EXCLUSIVEADDRUSE = socket.SO_KEEPALIVE  # type: ignore[attr-defined]  # something that can be set and read
    subprocess.CREATE_NEW_PROCESS_GROUP = CREATE_NEW_PROCESS_GROUP  # type: ignore[attr-defined]
    subprocess.Popen = _Popen  # type: ignore[misc]
    os.unlink = os.remove = _unlink
    sys.modules["msvcrt"] = _msvcrt()
    for module, names in GONE.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    for name in MISSING:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.platform = "win32"


if __name__ == "__main__":
    pretend()
    sys.path.insert(0, str(Path.cwd()))
    if sys.argv[1] == "-c":
        code = sys.argv[2]
        sys.argv[1:] = sys.argv[3:]
        exec(code)  # noqa: S102 - of a test
    else:
        from mockserver.__main__ import main

        sys.argv[0] = "yabandpay-mock"
        main()
