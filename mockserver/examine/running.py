"""The examinations that run in this process, one for an account at most."""

from __future__ import annotations

from threading import Lock, Thread
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Stoppable(Protocol):
    """Something that runs and can be stopped, such as an `Examination`."""

    def stop(self) -> None: ...


class RunningExaminations:
    """Starts examinations on threads of their own, and stops them when the sandbox stops."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[str, tuple[Stoppable, Thread]] = {}

    def start(self, user: str, examination: Stoppable, run: Callable[[], None]) -> bool:
        """Run an examination of an account's shop; False if there is one already."""
        thread = Thread(target=self._run, args=(user, run), name="examination", daemon=True)
        with self._lock:
            if user in self._running:
                return False
            self._running[user] = (examination, thread)
        thread.start()
        return True

    def is_running(self, user: str) -> bool:
        return user in self._running

    def stop(self, user: str) -> bool:
        """Stop the examination of an account; returns whether there was one. It ends soon afterwards."""
        with self._lock:
            found = self._running.get(user)
        if found is None:
            return False
        found[0].stop()
        return True

    def close(self) -> None:
        """Stop all examinations, and wait for a moment until they have ended."""
        with self._lock:
            running = list(self._running.values())
        for examination, _ in running:
            examination.stop()
        for _, thread in running:
            thread.join(_LONGEST_END)

    def _run(self, user: str, run: Callable[[], None]) -> None:
        try:
            run()
        finally:
            with self._lock:
                del self._running[user]


_LONGEST_END = 2.0
