"""The command mcp: the sandbox as tools of a coding assistant."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mockserver.cli.options import Careful
from mockserver.cli.remote.connection import CONNECTION_OPTIONS
from mockserver.cli.serving import give_up

if TYPE_CHECKING:
    from types import FrameType

_NEEDED = ("mcp", "httpx2")


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """End at once: a thread that reads standard input would keep the interpreter from ending."""
    os._exit(0)


def _decorated(function: Any) -> Any:  # noqa: ANN401 - a command of click
    for option in reversed(CONNECTION_OPTIONS):
        function = option(function)
    return function


@click.command(cls=Careful)
@_decorated
@click.option("--start/--no-start", "may_start", default=True, show_default=True,
              help="Start a sandbox in memory if none answers at the URL; it ends with this command.")  # fmt: skip
def mcp(url: str, account: str, token: str, *, may_start: bool) -> None:
    """Serve coding assistants such as Claude Code, Cursor or VS Code, over the Model Context Protocol.

    An assistant starts this command itself, and talks to it on standard input and output. It can list orders and
    refusals, read why a request was refused, create and play payments, move the clock, resend notifications and examine
    a shop. The command ends when its standard input does.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        give_up("The command mcp needs the SDK of the protocol; install it with: pip install 'yabandpay-mock[mcp]'")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    if sys.stdin.isatty():
        click.echo("A coding assistant starts this command, and talks to it. Ctrl-C ends it.", err=True)
    from mockserver.mcp.connection import Place
    from mockserver.mcp.serving import serve_assistant

    serve_assistant(Place(url.rstrip("/"), token, account, may_start))
