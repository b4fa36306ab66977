"""The command `yabandpay-mock`."""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import click

from mockserver import __version__
from mockserver.clock import SystemClock
from mockserver.phpvalues import NotJsonError, Value, parse
from mockserver.settings import Settings, declared, environment_variable, flag

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field
    from pathlib import Path

    Command = Callable[..., Any]


class _Parsed(click.ParamType):  # type: ignore[type-arg]  # older releases of click are not generic
    """A value that a setting reads from its text; a mistake becomes a sentence of the command line."""

    name = "text"

    def __init__(self, setting: Field[Any]) -> None:
        self._read = setting.metadata["read"]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own form
        try:
            return self._read(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _options(*names: str) -> Callable[[Command], Command]:
    """The flags of the named settings, or of all."""
    chosen = [setting for setting in declared() if not names or setting.name in names]

    def decorate(command: Command) -> Command:
        for setting in reversed(chosen):
            about = setting.metadata
            command = click.option(
                flag(setting),
                setting.name,
                type=_Parsed(setting),
                default=() if about["many"] else about["default"],
                multiple=about["many"],
                metavar=about["metavar"],
                envvar=environment_variable(setting),
                show_envvar=True,
                show_default=bool(about["default"]),
                help=about["help"],
            )(command)
        return command

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="yabandpay-mock")
def main() -> None:
    """A sandbox of the YabandPay gateway: sign, pay, query, be notified, all on this machine."""


@main.command()
@_options()
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
        _give_up(str(error))
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
@_options("pay_delay", "seed")
def demo(**values: Any) -> None:  # noqa: ANN401 - the values of Settings
    """Show a paid, a declined and a mis-signed payment, step by step."""
    from mockserver.console import Console
    from mockserver.demo import run_demo

    run_demo(Settings(**values), Console())


@main.command()
@_options("scenarios")
def scenarios(scenarios: Path | None) -> None:
    """List the scenarios and how a request asks for each."""
    from mockserver.app import all_scenarios
    from mockserver.payments.money import amount_text
    from mockserver.scenarios.scenario import Repertoire

    try:
        repertoire = Repertoire(all_scenarios(scenarios))
    except ValueError as error:
        _give_up(str(error))
    click.echo("Ask for one by order_id, by amount, with the header X-Sandbox-Scenario, or for all with --scenario.\n")
    for scenario in repertoire:
        amount = "" if scenario.amount is None else amount_text(scenario.amount)
        click.echo(f"{scenario.name:20} {scenario.order_id:16} {amount:>6}   {scenario.summary}")


_BODY = click.argument("body", type=click.File("rb"), default="-")


@main.command()
@_BODY
@_options("secret_key")
def sign(body: BinaryIO, secret_key: str) -> None:
    """Sign the request in the file BODY (or standard input) and print it, ready to send.

    A time that is missing becomes the present one. The string to sign goes to standard error.
    """
    from mockserver.client import signed_request
    from mockserver.signing import signed_parameters, string_to_sign

    content, received = _read_object(body)
    if not isinstance(received.get("data"), dict):
        _give_up(f"{_name(body)}: expected an object with user, method and data, where data is an object too")
    request = {"time": SystemClock().now() // 1000, **json.loads(content)}
    try:
        signed = signed_request(request, secret_key)
    except NotJsonError as error:
        _give_up(f"{_name(body)}: a number in it is too large: {error}")
    click.echo(string_to_sign(signed_parameters(parse(signed))), err=True)
    click.echo(signed.decode())


@main.command()
@_BODY
@_options("secret_key")
def verify(body: BinaryIO, secret_key: str) -> None:
    """Check the signature of the request or notification in the file BODY (or standard input)."""
    from mockserver.signing import sign as sign_text
    from mockserver.signing import signed_parameters
    from mockserver.signing import verify as verify_sign

    _, received = _read_object(body)
    data, signature = received.get("data"), received.get("sign")
    if not isinstance(data, dict) or not isinstance(signature, str) or not signature:
        _give_up(f"{_name(body)}: expected an object with sign and data, as requests and notifications have")
    parameters = signed_parameters(received) if "method" in received else data
    verdict = verify_sign(parameters, signature, secret_key)
    if verdict:
        click.echo(f"The signature is right (empty values {verdict.empty_values}).")
        return
    click.echo("The signature is wrong for this key.", err=True)
    click.echo(f"string to sign  {verdict.string_to_sign}", err=True)
    click.echo(f"its signature   {sign_text(verdict.string_to_sign, secret_key)}", err=True)
    click.echo(f"received        {signature}", err=True)
    sys.exit(1)


def _read_object(body: BinaryIO) -> tuple[bytes, dict[str, Value]]:
    """The file's bytes, and the object in them as the gateway reads it."""
    content = body.read()
    try:
        received = parse(content)
    except NotJsonError as error:
        _give_up(f"{_name(body)}: this is no JSON: {error}")
    if not isinstance(received, dict):
        _give_up(f"{_name(body)}: expected a JSON object")
    return content, received


def _name(body: BinaryIO) -> str:
    name = getattr(body, "name", "<stdin>")
    return "standard input" if name == "<stdin>" else str(name)


def _give_up(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)
