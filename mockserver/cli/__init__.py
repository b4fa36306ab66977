"""The command `yabandpay-mock`: serving, asking whether it is ready, and the demonstration; the rest stands beside."""

from __future__ import annotations

import gc
import logging
import sys
from typing import Any

import click

from mockserver import __version__
from mockserver.cli.explaining import explain
from mockserver.cli.options import Parsed, Starting, give_up, given_by, options
from mockserver.cli.scenarios import scenarios
from mockserver.cli.signing import sign, verify
from mockserver.durations import parse_duration
from mockserver.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="yabandpay-mock")
def main() -> None:
    """A sandbox of the YabandPay gateway: sign, pay, query, be notified, all on this machine."""


@main.command(cls=Starting)
@options()
def serve(**values: Any) -> None:  # noqa: ANN401 - the values of Settings
    """Serve the gateway until Ctrl-C or SIGTERM."""
    settings, key_from = Settings(**values), given_by("secret_key")
    from mockserver.cli.console import Console, Log, MaskedErrors
    from mockserver.server.readiness import ReadyFileError
    from mockserver.server.server import open_server

    try:
        server = open_server(settings)
    except (OSError, ValueError, LookupError) as error:
        give_up(str(error))
    app, console = server.app, Console()
    logging.getLogger().addHandler(MaskedErrors(app.secrets.text))
    log = Log(console, app.secrets.text_of) if settings.log == "lines" else None
    if log is not None:
        app.gateway.on_exchange(log.exchange)
        app.worker.on_attempt(log.attempt)
        server.on_connection_log(log.notice)
    # What was made so far lives as long as the process: the garbage collector need not look at it again.
    gc.collect()
    gc.freeze()
    try:
        server.serve_until_stopped(on_ready=lambda: console.greet(app, key_from))
    except ReadyFileError as error:
        give_up(str(error))
    if log is not None:
        log.close()


@main.command()
@options("pay_delay", "seed")
def demo(**values: Any) -> None:  # noqa: ANN401 - the values of Settings
    """Show a paid, a declined and a mis-signed payment, step by step."""
    from mockserver.cli.console import Console
    from mockserver.cli.demo import run_demo

    run_demo(Settings(**values), Console())


@main.command()
@click.argument("url", required=False)
@options("host", "port")
@click.option(
    "--wait",
    type=Parsed(parse_duration),
    default="0s",
    metavar="TIME",
    show_default=True,
    help="How long to ask again, such as 30s.",
)
def ready(url: str | None, host: str, port: int, wait: int) -> None:
    """Say whether the sandbox at URL accepts payments; without a URL, the one on this machine at --port.

    The exit status is 0 if it does and 1 if it does not, as health checks of containers want it.
    """
    from mockserver.addresses import reachable
    from mockserver.server.readiness import NotReadyError, wait_until_ready

    address = url or f"http://{reachable(host)}:{port}"
    try:
        wait_until_ready(address, wait / 1000)
    except NotReadyError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except ValueError as error:
        give_up(str(error))
    click.echo(f"ready at {address}")


main.add_command(explain)
main.add_command(scenarios)
main.add_command(sign)
main.add_command(verify)
