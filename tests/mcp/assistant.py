"""A coding assistant: the SDK's own client, which starts the command and talks to it on its standard streams."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.serving import COMMAND, ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from anyio.from_thread import BlockingPortal
    from mcp_types import CallToolResult


class Called(NamedTuple):
    """What a tool gave: the structured value, the texts, and whether it failed."""

    value: Any
    texts: list[str]
    failed: bool

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


class Assistant:
    """Calls the tools of a command; `client` is the SDK's own, which runs on the thread of the portal."""

    def __init__(self, portal: BlockingPortal, client: Client, user: str = "") -> None:
        self.portal, self.client, self.user = portal, client, user

    def of(self, user: str) -> Assistant:
        """The same assistant, which names an account in each call."""
        return Assistant(self.portal, self.client, user)

    def __call__(self, tool: str, **arguments: Any) -> Any:
        """The structured value of a tool that has to succeed; its text if it has only that."""
        called = self.tried(tool, **arguments)
        assert not called.failed, called.text
        return called.text if called.value is None else called.value

    def tried(self, tool: str, **arguments: Any) -> Called:
        return called(self.start(tool, **arguments).result())

    def start(
        self, tool: str, steps: list[tuple[float, float | None]] | None = None, **arguments: Any
    ) -> Future[CallToolResult]:
        """Call a tool and go on; cancelling the future cancels the call."""
        given = {**({"user": self.user} if self.user else {}), **arguments}

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK's
            if steps is not None:
                steps.append((progress, total))

        async def call() -> CallToolResult:
            return await self.client.call_tool(tool, given, progress_callback=on_progress)

        return self.portal.start_task_soon(call)

    def run(self, name: str, *arguments: Any) -> Any:
        """Call a method of the SDK's client."""
        return self.portal.call(getattr(self.client, name), *arguments)


def called(result: CallToolResult) -> Called:
    texts = [one.text for one in result.content if one.type == "text"]
    return Called(result.structured_content, texts, result.is_error)


@contextmanager
def assistant(*line: str, errors: Path | None = None, mode: str = "auto", **environment: str) -> Iterator[Assistant]:
    """An assistant whose server has this command line; what the server prints on standard error goes to a file."""
    parameters = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "mcp", *line], env={**ENVIRONMENT, **environment}
    )
    log = sys.stderr if errors is None else errors.open("w", encoding="utf-8")
    try:
        with start_blocking_portal() as portal:
            client = Client(stdio_client(parameters, errlog=log), mode=mode)
            with portal.wrap_async_context_manager(client):
                yield Assistant(portal, client)
    finally:
        if log is not sys.stderr:
            log.close()
