"""The command `yabandpay-mock`: serving and the demonstration; the other commands stand beside."""

from __future__ import annotations

import gc
from typing import Any

import click

from mockserver import __version__
from mockserver.cli.explaining import explain
from mockserver.cli.options import give_up, options
from mockserver.cli.scenarios import scenarios
from mockserver.cli.signing import sign, verify
from mockserver.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="yabandpay-mock")
def main() -> None:
    """A sandbox of the YabandPay gateway: sign, pay, query, be notified, all on this machine."""


@main.command()
@options()
def serve(**values: Any) -> None:  # noqa: ANN401 - the values of Settings
    """Serve the gateway until Ctrl-C or SIGTERM."""
    settings = Settings(**values)
    from mockserver.app import create_app
    from mockserver.console import Console, Log
    from mockserver.server import Server, base_url, bind

    try:
        sock = bind(settings.host, settings.port)
        app = create_app(settings, base_url(sock))
        if settings.accounts is not None:
            from mockserver.planting import plant

            plant(app, settings.accounts)
    except (OSError, ValueError, LookupError) as error:
        give_up(str(error))
    console = Console()
    log = Log(console) if settings.log == "lines" else None
    if log is not None:
        app.gateway.on_exchange(log.exchange)
        app.worker.on_attempt(log.attempt)
    # What was made so far lives as long as the process: the garbage collector need not look at it again.
    gc.collect()
    gc.freeze()
    Server(app, sock, on_ready=lambda: console.greet(app)).serve_until_stopped()
    if log is not None:
        log.close()


@main.command()
@options("pay_delay", "seed")
def demo(**values: Any) -> None:  # noqa: ANN401 - the values of Settings
    """Show a paid, a declined and a mis-signed payment, step by step."""
    from mockserver.console import Console
    from mockserver.demo import run_demo

    run_demo(Settings(**values), Console())


main.add_command(explain)
main.add_command(scenarios)
main.add_command(sign)
main.add_command(verify)
