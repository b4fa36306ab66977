"""The command `yabandpay-mock`, with the subcommands serve, demo and ready; other modules hold the rest."""

from __future__ import annotations

import gc
import sys
from typing import Any

import click

from mockserver import __version__
from mockserver.cli.options import CommandGroup, SettingType, Starting, given_by, options
from mockserver.cli.serving import give_up
from mockserver.cli.serving import serve as run
from mockserver.durations import parse_duration
from mockserver.settings import Settings

COMPLETION_VARIABLE = "_YABANDPAY_MOCK_COMPLETE"
"""Has what a shell asks for, if it completes a line."""

_MODULES = {
    "mockserver.cli.comparing": ("compare",),
    "mockserver.cli.explaining": ("explain", "sign", "verify"),
    "mockserver.cli.scenarios": ("scenarios",),
    "mockserver.cli.completion": ("completion",),
    "mockserver.cli.remote.acting": (
        "cancel", "decline", "expire", "fail", "notify", "pay", "refund", "resend", "review",
    ),
    "mockserver.cli.remote.assisting": ("mcp",),
    "mockserver.cli.remote.accounts": ("accounts", "open", "reset"),
    "mockserver.cli.remote.examining": ("examine",),
    "mockserver.cli.remote.listening": ("listen",),
    "mockserver.cli.remote.orders": ("orders", "show"),
    "mockserver.cli.remote.triggering": ("trigger",),
    "mockserver.cli.remote.waiting": ("clock", "wait"),
}  # fmt: skip
_ELSEWHERE = {command: module for module, commands in _MODULES.items() for command in commands}


@click.group(
    cls=CommandGroup,
    elsewhere=_ELSEWHERE,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="yabandpay-mock")
@click.pass_context
def main(context: click.Context) -> None:
    """A local sandbox of the YabandPay gateway: sign, pay, query and receive notifications on this machine."""
    if context.invoked_subcommand != serve.name:  # which has more to import
        gc.enable()


@main.command(cls=Starting)
@options()
def serve(**values: Any) -> None:  # noqa: ANN401 - the values of Settings
    """Serve the gateway until Ctrl-C or SIGTERM."""
    run(Settings(**values), given_by("secret_key"))


@main.command()
@options("pay_delay", "seed")
def demo(**values: Any) -> None:  # noqa: ANN401 - the values of Settings
    """Show a payer, the wire and a shop in three acts: a payment, what goes wrong, and what the sandbox explains."""
    from mockserver.cli.console import Console
    from mockserver.cli.demo import run_demo

    run_demo(Settings(**values), Console())


@main.command()
@click.argument("url", required=False)
@options("host", "port")
@click.option(
    "--timeout",
    type=SettingType(parse_duration),
    default="0s",
    metavar="TIME",
    show_default=True,
    help="How long to retry until it is ready, such as 30s.",
)
def ready(url: str | None, host: str, port: int, timeout: int) -> None:
    """Check whether a sandbox accepts payments.

    Without URL, the command checks the sandbox at --host and --port. The exit status is 0 if it accepts payments and 1
    if it does not, as health checks of containers expect.
    """
    from mockserver.addresses import reachable
    from mockserver.server.readiness import NotReadyError, wait_until_ready

    address = url or f"http://{reachable(host)}:{port}"
    try:
        wait_until_ready(address, timeout / 1000)
    except NotReadyError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except ValueError as error:
        give_up(str(error))
    click.echo(f"ready at {address}")
