"""Taking apart what an account leaves behind: freed in one go, a large world would stop everything for seconds."""

from __future__ import annotations

import threading
from typing import Any, Protocol

_LET_OTHERS_GO_FIRST, _LET_OTHERS_GO_ON = 0.05, 0.001  # seconds
_TAKEN_AT_ONCE = 500
_SMALL = 5_000


class Large(Protocol):
    """What is worth taking apart."""

    def heaps(self) -> list[dict[Any, Any]]:
        """All in it that may be large."""


class Dismantling:
    """Empties large dictionaries a little at a time, each batch of them in a thread of its own, until it is closed."""

    def __init__(self) -> None:
        """Nothing is taken apart yet."""
        self._closing = threading.Event()
        self._threads: set[threading.Thread] = set()

    def begin(self, left: Large) -> None:
        """Take apart what nobody uses any more; what is small goes by itself."""
        if sum(map(len, left.heaps())) < _SMALL or self._closing.is_set():
            return
        thread = threading.Thread(target=self._take_apart, args=(left,), name="take apart", daemon=True)
        self._threads.add(thread)
        thread.start()

    def close(self) -> None:
        """Leave the rest to Python, and leave no thread behind."""
        self._closing.set()
        for thread in tuple(self._threads):
            thread.join()

    def _take_apart(self, left: Large) -> None:
        stopped = self._closing.wait(_LET_OTHERS_GO_FIRST)
        for heap in left.heaps():
            while heap and not stopped:
                for _ in range(min(_TAKEN_AT_ONCE, len(heap))):
                    heap.popitem()
                stopped = self._closing.wait(_LET_OTHERS_GO_ON)
        self._threads.discard(threading.current_thread())
