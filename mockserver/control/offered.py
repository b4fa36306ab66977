"""Everything that the sandbox's own API offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.control import accounts, bundles, journal, messages, objects, tools

if TYPE_CHECKING:
    from mockserver.control.operations import Operation

OPERATIONS: tuple[Operation, ...] = tuple(
    operation for part in (accounts, objects, messages, journal, bundles, tools) for operation in part.OPERATIONS
)
