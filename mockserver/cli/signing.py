"""Commands about signatures: sign a request, verify one."""

from __future__ import annotations

import json
import sys
from typing import BinaryIO

import click

from mockserver.cli.options import BODY, Careful, give_up, name_of, options, read_object
from mockserver.clock import SystemClock
from mockserver.signing.php import NotJsonError, parse


@click.command(cls=Careful)
@BODY
@options("secret_key")
def sign(body: BinaryIO, secret_key: str) -> None:
    """Sign the request in the file BODY (or standard input) and print it, ready to send.

    A time that is missing becomes the present one. The string to sign goes to standard error.
    """
    from mockserver.client import signed_request
    from mockserver.explain.signature import hiding
    from mockserver.signing.signature import signed_parameters, string_to_sign

    content, received = read_object(body)
    if not isinstance(received.get("data"), dict):
        give_up(f"{name_of(body)}: expected an object with user, method and data, where data is an object too")
    try:
        signed = signed_request({"time": SystemClock().now() // 1000, **json.loads(content)}, secret_key)
    except NotJsonError as error:
        give_up(f"{name_of(body)}: a number in it is too large: {error}")
    except ValueError:  # of Python, which writes no number of more than some thousand digits
        give_up(f"{name_of(body)}: a number in it has too many digits")
    click.echo(hiding(secret_key)(string_to_sign(signed_parameters(parse(signed)))), err=True)
    click.echo(signed.decode())


@click.command(cls=Careful)
@BODY
@options("secret_key")
def verify(body: BinaryIO, secret_key: str) -> None:
    """Check the signature of the request or notification in the file BODY (or standard input)."""
    from mockserver.explain.signature import hiding
    from mockserver.signing.signature import sign as sign_text
    from mockserver.signing.signature import signed_parameters
    from mockserver.signing.signature import verify as verify_sign

    _, received = read_object(body)
    data, signature = received.get("data"), received.get("sign")
    if not isinstance(data, dict) or not isinstance(signature, str) or not signature:
        give_up(f"{name_of(body)}: expected an object with sign and data, as requests and notifications have")
    parameters = signed_parameters(received) if "method" in received else data
    verdict = verify_sign(parameters, signature, secret_key)
    if verdict:
        click.echo(f"The signature is right (empty values {verdict.empty_values}).")
        return
    click.echo("The signature is wrong for this key.", err=True)
    hide = hiding(secret_key)
    click.echo(f"string to sign  {hide(verdict.string_to_sign)}", err=True)
    click.echo(f"its signature   {sign_text(verdict.string_to_sign, secret_key)}", err=True)
    click.echo(f"received        {hide(signature)}", err=True)
    click.echo("yabandpay-mock explain says what went wrong.", err=True)
    sys.exit(1)
