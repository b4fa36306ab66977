"""Keeps the passes of the garbage collector short, however much is stored.

A full pass of CPython's collector visits every container that is alive, which with 200,000 payments in memory takes a
third of a second. What is stored has no cycles and needs no such pass: reference counting frees it. So once much is
stored, everything that survives a pass becomes permanent, and a pass covers only what was made since the last one.

Reference counting frees permanent objects too. Only a cycle that becomes permanent and is dropped later stays, such as
the transport of a connection. So a full pass covers everything again once little is stored, and after as many passes as
a full one has work: such garbage stays a small part of the memory.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MUCH = 10_000
_TRADES_PER_PASS = 50  # some five times fewer than cause a pass if all that is made is stored
_THRESHOLDS = (1_000, 1, 10)  # passes of half a millisecond; each third one is of a generation above the youngest


@contextmanager
def short_passes(stored: Callable[[], int]) -> Iterator[None]:
    """Keep passes short in this block; `stored` returns the number of trades in memory, and is called in each pass.

    This changes settings of the whole process, so it is for processes that only serve.
    """
    before, freezes = gc.get_threshold(), 0  # freezes since the last full pass

    def after_pass(phase: str, info: dict[str, int]) -> None:
        nonlocal freezes
        if phase == "start" or info["generation"] == 0:
            return
        if info["generation"] == 2:  # noqa: PLR2004 - everything
            freezes = 0
        trades = stored()
        if trades > _MUCH and freezes < trades // _TRADES_PER_PASS:
            gc.freeze()
            freezes += 1
        elif freezes:
            gc.unfreeze()

    gc.freeze()  # what was imported lives as long as the process
    gc.enable()  # it may be off while modules are imported
    gc.set_threshold(*_THRESHOLDS)
    gc.callbacks.append(after_pass)
    try:
        yield
    finally:
        gc.callbacks.remove(after_pass)
        gc.set_threshold(*before)
        gc.unfreeze()
