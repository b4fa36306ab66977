"""Everything that the sandbox's own API offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.control import accounts, bundles, health, journal, messages, objects, tools, waiting

if TYPE_CHECKING:
    from mockserver.control.operations import Operation

_PARTS = (accounts, objects, messages, journal, waiting, bundles, health, tools)
OPERATIONS: tuple[Operation, ...] = tuple(operation for part in _PARTS for operation in part.OPERATIONS)
