"""The tools, made from the operations that declare one and from the methods of the gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.api.assistance import Tool
from mockserver.api.openapi import OPERATIONS
from mockserver.mcp import examining, gateway
from mockserver.mcp.arguments import about_fields, check_names, parts_of, schema_of
from mockserver.mcp.results import ToolResult

if TYPE_CHECKING:
    from mockserver.api.operations import Operation
    from mockserver.mcp.connection import SandboxConnection
    from mockserver.mcp.examining import Progress

Run = Callable[["SandboxConnection", Mapping[str, Any], "Progress"], Awaitable[ToolResult]]


class AssistantTool(NamedTuple):
    """A tool as assistants see it, and what carries it out.

    It `reads` if it changes nothing, `destroys` if it may lose something, and `repeats` if a second call with the same
    arguments changes nothing more.
    """

    name: str
    description: str
    schema: dict[str, Any]
    run: Run
    reads: bool = False
    destroys: bool = False
    repeats: bool = False

    async def call(self, sandbox: SandboxConnection, arguments: Mapping[str, Any], progress: Progress) -> ToolResult:
        """Carry the tool out.

        Raises:
            ToolError: it cannot be carried out.
        """
        check_names(arguments, self.schema)
        result = await self.run(sandbox, arguments, progress)
        return result.fitted()


async def _carry_out(
    operation: Operation, tool: Tool, sandbox: SandboxConnection, arguments: Mapping[str, Any], _progress: Progress
) -> ToolResult:
    user = await sandbox.user(arguments) if "{user}" in operation.path else ""
    parts = parts_of(operation, tool, arguments, user)
    return ToolResult(await sandbox.call(operation.verb, *parts))


def _tool_of(operation: Operation, tool: Tool) -> AssistantTool:
    summary = f"{tool.summary or operation.summary} {tool.about}".strip()
    description = "\n\n".join(filter(None, (summary, tool.fields or about_fields(operation))))
    return AssistantTool(
        tool.name, description, schema_of(operation, tool), partial(_carry_out, operation, tool),
        reads=tool.reads or operation.verb == "GET",
        destroys=tool.destroys or operation.verb in {"DELETE", "PUT", "PATCH"},
        repeats=operation.verb in {"GET", "DELETE", "PUT", "PATCH"},
    )  # fmt: skip


def _all() -> dict[str, AssistantTool]:
    declared = [_tool_of(one, one.tool) for one in OPERATIONS if isinstance(one.tool, Tool)]
    called = [
        AssistantTool("create_payment", gateway.ABOUT_CREATING, gateway.CREATING, gateway.create_payment),
        AssistantTool("call_gateway", gateway.ABOUT_CALLING, gateway.CALLING, gateway.call_method),
        AssistantTool("describe_method", gateway.ABOUT_DESCRIBING, gateway.DESCRIBING, gateway.describe_method,
                      reads=True, repeats=True),
    ]  # fmt: skip
    tools = {one.name: one for one in (*called, *declared)}
    tools["examine_shop"] = tools["examine_shop"]._replace(run=examining.examine)
    shown = tools["get_examination"]
    tools["get_examination"] = shown._replace(
        run=examining.show,
        description=f"{shown.description} {examining.ABOUT_CHECK}",
        schema={**shown.schema, "properties": {**shown.schema["properties"], "check": examining.CHECK}},
    )
    return tools


TOOLS: Mapping[str, AssistantTool] = _all()
"""All tools by name."""
