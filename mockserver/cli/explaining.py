"""The command that says why the gateway refuses a request, without a server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

import click

from mockserver.cli.options import BODY, Careful, give_up, options, read_object

if TYPE_CHECKING:
    from mockserver.api.schemas import ExplanationRecord
    from mockserver.gateway.errors import Refusal
    from mockserver.signing.php import Value

_AROUND = 24
_LABEL = 15


@click.command(cls=Careful)
@BODY
@options("secret_key")
@click.option("--other-key", "other_keys", multiple=True, metavar="USER=KEY", help="Another account's key, tried too.")
def explain(body: BinaryIO, secret_key: str, other_keys: tuple[str, ...]) -> None:
    """Say why the gateway refuses the request in the file BODY (or standard input), and what to do.

    The body of a notification is explained too. No server is needed, and nothing is sent or kept.
    """
    _, received = read_object(body)
    others = dict(_user_and_key(text) for text in other_keys)
    refusal = _refusal(received, secret_key)
    if refusal is None:
        click.echo("The signature is right, and so are the fields, as far as can be told without the account's orders.")
        return
    _tell(refusal, received, secret_key, others)
    sys.exit(1)


def _user_and_key(text: str) -> tuple[str, str]:
    user, separator, key = text.partition("=")
    if not separator or not user or not key:
        give_up("--other-key: expected USER=KEY, such as 016683=its-secret-key")
    return user, key


def _refusal(received: dict[str, Value], secret_key: str) -> Refusal | None:
    """What the gateway would refuse a body with, checking in its order; None where nothing is wrong in it."""
    from mockserver.gateway.errors import Refusal, SignatureRefused
    from mockserver.gateway.fields import read_fields
    from mockserver.gateway.methods import find_method
    from mockserver.gateway.request import check_envelope, text_or_nothing
    from mockserver.signing.signature import signed_parameters, verify

    is_notification = "method" not in received and "user" not in received
    try:
        checked = None if is_notification else check_envelope(received)
        parameters = received.get("data") if checked is None else signed_parameters(received)
        sign = text_or_nothing(received.get("sign"))
        if not isinstance(parameters, dict) or not verify(parameters, sign, secret_key):
            return SignatureRefused("The sign does not match.")
        if checked is not None:
            method = find_method(text_or_nothing(received["method"]), checked.data)
            method.take_pay_method(read_fields(method.fields, checked.data, " in data"))
    except Refusal as refusal:
        return refusal
    return None


def _tell(refusal: Refusal, received: dict[str, Value], secret_key: str, others: dict[str, str]) -> None:
    import msgspec

    from mockserver.api.schemas import ExplanationRecord
    from mockserver.explain.budget import AMPLE_UNITS
    from mockserver.explain.signature import hiding
    from mockserver.gateway.diagnosis import Refused
    from mockserver.gateway.diagnosis import explain as explained

    hide = hiding(secret_key, *others.values())
    told = explained(Refused(refusal, received, secret_key, others, hide), units=AMPLE_UNITS)
    record = msgspec.json.decode(told.record, type=ExplanationRecord)
    click.echo(f"{refusal.code} {hide(refusal.message)}")
    click.echo()
    click.echo(record.sentence)
    if record.cure:
        click.echo(record.cure)
    for fact in record.checked:
        click.echo(f"  - {fact}")
    for culprit in record.fields:
        click.echo()
        for label, text in (("field", culprit.field), ("sent", culprit.value), ("rule", culprit.rule),
                            ("documented in", culprit.source), ("nearest", culprit.nearest)):  # fmt: skip
            if text:
                click.echo(f"  {label:{_LABEL}}{text}")
    _tell_strings(record)


def _tell_strings(record: ExplanationRecord) -> None:
    if not record.sandbox_string:
        return
    click.echo()
    click.echo(f"  {'gateway signs':{_LABEL}}{record.sandbox_string}")
    if record.client_string and record.first_difference is not None:
        at = record.first_difference
        click.echo(f"  {'you signed':{_LABEL}}{record.client_string}")
        click.echo()
        click.echo(f"  They first differ at byte {at}:")
        place = at - record.shown_from
        right, wrong = (_around(text, place) for text in (record.sandbox_string, record.client_string))
        click.echo(f"  {'gateway signs':{_LABEL}}{''.join(right)}")
        click.echo(f"  {'you signed':{_LABEL}}{''.join(wrong)}")
        click.echo(f"  {'':{_LABEL}}{' ' * len(right[0])}^")
    elif record.client_string:
        click.echo(f"  {'you signed':{_LABEL}}the same string")


def _around(text: str, at: int) -> tuple[str, str]:
    """What stands before a byte and from it on, a little of each, on one line."""
    content = text.encode()
    before = content[max(0, at - _AROUND) : at].decode("utf-8", "replace")
    after = content[at : at + _AROUND].decode("utf-8", "replace")
    cut = "…" if at > _AROUND else ""
    return f"{cut}{_one_line(before)}", _one_line(after) or "(its end)"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
