"""Serves the tools on standard input and output, with the SDK of the protocol."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp import MCPError
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from mockserver import __version__
from mockserver.mcp.catalog import TOOLS, AssistantTool
from mockserver.mcp.connection import SandboxConnection
from mockserver.mcp.documents import INSTRUCTIONS, PROMPTS, text_at, uri_of
from mockserver.mcp.results import ToolError, ToolResult
from mockserver.pages.docs.documents import DOCUMENTS, document
from mockserver.texts import did_you_mean, shown

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from mockserver.mcp.connection import Place

    Context = ServerRequestContext[Any]

_NAME, _MARKDOWN = "yabandpay-mock", "text/markdown"


def serve_assistant(place: Place) -> None:
    """Serve one assistant until standard input ends."""
    try:
        anyio.run(_serve, place)
    except BaseException as error:
        if not _is_broken_pipe(error):
            raise
        os._exit(0)  # nobody reads the answers any more


def _is_broken_pipe(error: BaseException) -> bool:
    """Whether an error, or all of a group of errors, come from an assistant that is gone."""
    several = getattr(error, "exceptions", None)
    return isinstance(error, BrokenPipeError) if several is None else all(map(_is_broken_pipe, several))


async def _serve(place: Place) -> None:
    async with SandboxConnection(place) as sandbox, stdio_server() as (read, write):
        server = server_of(sandbox)
        await server.run(read, write, server.create_initialization_options())


def server_of(sandbox: SandboxConnection) -> Server[Any]:
    """The server of the protocol, whose tools work with a sandbox."""
    return Server(
        _NAME, version=__version__, title="YabandPay sandbox", instructions=INSTRUCTIONS, on_list_tools=_list_tools,
        on_call_tool=partial(_call_tool, sandbox), on_list_resources=_list_documents, on_read_resource=_read_document,
        on_list_prompts=_list_prompts, on_get_prompt=_get_prompt,
    )  # fmt: skip


async def _list_tools(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[_tool(one) for one in TOOLS.values()])


def _tool(tool: AssistantTool) -> types.Tool:
    hints = types.ToolAnnotations(
        read_only_hint=tool.reads, destructive_hint=tool.destroys, idempotent_hint=tool.repeats,
        open_world_hint=False,
    )  # fmt: skip
    return types.Tool(name=tool.name, description=tool.description, input_schema=tool.schema, annotations=hints)


async def _call_tool(
    sandbox: SandboxConnection, context: Context, params: types.CallToolRequestParams
) -> types.CallToolResult:
    tool = TOOLS.get(params.name)
    if tool is None:
        meant = did_you_mean(params.name, TOOLS) or "."
        raise MCPError(types.INVALID_PARAMS, f"There is no tool {shown(params.name)}{meant}")
    try:
        result = await tool.call(sandbox, params.arguments or {}, context.session.report_progress)
    except ToolError as error:
        result = ToolResult(str(error), failed=True)
    texts = [*sandbox.take_notes(), result.text]
    return types.CallToolResult(
        content=[types.TextContent(text=text) for text in texts],
        structured_content=result.structured, is_error=result.failed,
    )  # fmt: skip


async def _list_documents(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    shown_here = [(name, document(name, "en")) for name in DOCUMENTS]
    return types.ListResourcesResult(
        resources=[
            types.Resource(uri=uri_of(name), name=name, title=one.title, description=one.introduction,
                           mime_type=_MARKDOWN)
            for name, one in shown_here
        ]
    )  # fmt: skip


async def _read_document(_context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    text = text_at(params.uri)
    if text is None:
        raise MCPError(types.INVALID_PARAMS, f"There is no document {shown(params.uri)}.")
    return types.ReadResourceResult(
        contents=[types.TextResourceContents(uri=params.uri, mime_type=_MARKDOWN, text=text)]
    )


async def _list_prompts(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    return types.ListPromptsResult(
        prompts=[
            types.Prompt(
                name=name, title=one.title, description=one.text,
                arguments=[types.PromptArgument(name=field, description=about) for field, about in one.fields.items()],
            )
            for name, one in PROMPTS.items()
        ]
    )  # fmt: skip


async def _get_prompt(_context: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
    prompt = PROMPTS.get(params.name)
    if prompt is None:
        raise MCPError(types.INVALID_PARAMS, f"There is no prompt {shown(params.name)}.")
    text = prompt.filled(params.arguments or {})
    return types.GetPromptResult(
        description=prompt.title,
        messages=[types.PromptMessage(role="user", content=types.TextContent(text=text))],
    )
