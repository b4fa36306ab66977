"""Everything that the sandbox's own API offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.api import accounts, bundles, health, journal, messages, resources, tools, waiting

if TYPE_CHECKING:
    from mockserver.api.operations import Operation

_PARTS = (accounts, resources, messages, journal, waiting, bundles, health, tools)
OPERATIONS: tuple[Operation, ...] = tuple(operation for part in _PARTS for operation in part.OPERATIONS)
