"""The commands explain, sign and verify, which need no server."""

from __future__ import annotations

import json
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import click

from mockserver.cli.options import BODY, Careful, name_of, options, read_object
from mockserver.cli.serving import give_up
from mockserver.clock import SystemClock
from mockserver.signing.php import NotJsonError, parse
from mockserver.system.command import as_called

if TYPE_CHECKING:
    from mockserver.api.schemas import ExplanationRecord
    from mockserver.gateway.errors import Refusal
    from mockserver.signing.php import Value

_AROUND = 24
_LABEL = 15
_COLUMNS = 80
_LONGEST_VALUE = 60
_MOST_ROWS = 20


@click.command(cls=Careful)
@BODY
@options("secret_key")
@click.option(
    "--other-key", "other_keys", multiple=True, metavar="USER=KEY", help="Key of another account, to detect a mix-up."
)
def explain(body: BinaryIO, secret_key: str, other_keys: tuple[str, ...]) -> None:
    """Explain why the gateway rejects a request, and how to fix it.

    For a request that the gateway accepts, the command lists what looks wrong, such as a notify_url that the gateway
    cannot reach.

    BODY is a file with the request, or with a notification, which has only sign and data. By default, it is read from
    standard input. The command needs no running sandbox, and sends and stores nothing.
    """
    from mockserver.explain.signature import hiding

    content = body.read()
    others = dict(_user_and_key(text) for text in other_keys)
    refusal = _refusal(content, secret_key)
    if refusal is None:
        click.echo("The signature and the fields are correct. The account's orders were not checked.")
        for hint in _hints(content):
            click.echo(f"Hint: {hiding(secret_key)(hint)}")
        return
    _print(refusal, content, secret_key, others)
    sys.exit(1)


def _user_and_key(text: str) -> tuple[str, str]:
    user, separator, key = text.partition("=")
    if not separator or not user or not key:
        give_up("--other-key: expected USER=KEY, such as 016683=its-secret-key")
    return user, key


def _refusal(content: bytes, secret_key: str) -> Refusal | None:
    """The first refusal of the gateway's checks, in their order; None if the body passes."""
    from mockserver.gateway.errors import Refusal, SignatureRefused
    from mockserver.gateway.methods import find_method
    from mockserver.gateway.request import Request, check_envelope, envelope_text, read_envelope
    from mockserver.signing.signature import signed_parameters, verify

    try:
        received = read_envelope(Request("POST", content))
        is_notification = _is_notification(received)
        data = received["data"] if is_notification else check_envelope(received)[1]
        parameters = data if is_notification else signed_parameters(received)
        if not verify(parameters, envelope_text(received, "sign"), secret_key):
            return SignatureRefused("The sign does not match.")
        if not is_notification:
            method = find_method(envelope_text(received, "method"), data)
            method.take_pay_method(method.field_plan.read(data))
    except Refusal as refusal:
        return refusal
    return None


def _is_notification(received: dict[str, Value]) -> bool:
    """Whether a body has what notifications have and no more; an order that lacks the rest still has a notify_url."""
    data = received.get("data")
    return received.keys() == {"sign", "data"} and isinstance(data, dict) and bool(data) and "notify_url" not in data


def _hints(content: bytes) -> tuple[str, ...]:
    """What looks wrong in a request that the gateway accepts; nothing for a notification."""
    from mockserver.gateway.hints import AcceptedRequest, HintFinder
    from mockserver.gateway.methods import find_method
    from mockserver.gateway.request import Request, check_envelope, envelope_text, read_envelope
    from mockserver.scenarios.scenario import ScenarioCatalog
    from mockserver.scenarios.shipped import SHIPPED_SCENARIOS

    envelope = read_envelope(Request("POST", content))
    if "method" not in envelope:
        return ()
    time, data = check_envelope(envelope)
    method = find_method(envelope_text(envelope, "method"), data)
    now = SystemClock().now()
    request = AcceptedRequest(envelope, method, time, method.field_plan.read(data), now, now, may_select=True)
    return HintFinder(ScenarioCatalog(SHIPPED_SCENARIOS), going_live=True).find(request)


def _print(refusal: Refusal, content: bytes, secret_key: str, others: dict[str, str]) -> None:
    import msgspec

    from mockserver.api.schemas import ExplanationRecord
    from mockserver.explain.budget import AMPLE_UNITS, Budget
    from mockserver.explain.signature import hiding
    from mockserver.gateway.diagnosis import diagnose_fields, diagnose_signature, with_notes
    from mockserver.gateway.errors import SignatureRefused
    from mockserver.gateway.request import Request
    from mockserver.gateway.request_notes import request_notes

    hide, envelope = hiding(secret_key, *others.values()), None
    if isinstance(refusal, SignatureRefused):
        found = diagnose_signature(content, secret_key, others, hide, Budget(AMPLE_UNITS))
    else:
        with suppress(NotJsonError):
            envelope = parse(content)
        found = diagnose_fields(refusal, envelope if isinstance(envelope, dict) else {}, hide)
    found = with_notes(found, request_notes(Request("POST", content)), hide)
    record = msgspec.json.decode(found.record, type=ExplanationRecord)
    click.echo(f"{refusal.code} {hide(refusal.message)}")
    click.echo()
    click.echo(record.sentence)
    if record.cure:
        click.echo(as_called(record.cure))
    for fact in record.checked:
        click.echo(f"  - {fact}")
    for field_error in record.fields:
        click.echo()
        for label, text in (("field", field_error.field), ("sent", field_error.value), ("rule", field_error.rule),
                            ("documented in", field_error.source), ("nearest", field_error.nearest)):  # fmt: skip
            if text:
                click.echo(f"  {label:{_LABEL}}{text}")
    _print_strings(record)
    if record.client_string and record.first_difference is not None and not record.shown_from:
        _print_parameters(parse(content), record)


def _print_parameters(received: Value, record: ExplanationRecord) -> None:
    """The parameters that differ, each with its values and what differs in them."""
    from mockserver.explain.alignment import Status, align
    from mockserver.explain.xray import parts_to_sign, row_of
    from mockserver.signing.signature import signed_parameters

    parameters = signed_parameters(received) if isinstance(received, dict) else {}
    aligned = align(parts_to_sign(parameters, record.sandbox_string, str), record.client_string)
    differing = [row for row in aligned.rows if row.status is not Status.EQUAL]
    click.echo()
    click.echo(f"  {len(differing)} of {len(aligned.rows)} parameters differ:")
    for row in differing[:_MOST_ROWS]:
        shown = row_of(row)
        said = " ".join(shown.sentences) + (f" Place {row.places[0]} -> {row.places[1]}." if row.is_moved else "")
        click.echo(
            textwrap.fill(f"{_short(shown.name)}: {said}", _COLUMNS, initial_indent="  ", subsequent_indent="    ")
        )
        for label, pieces in (("gateway signs", shown.expected), ("you signed", shown.sent)):
            if row.status is not Status.MOVED and pieces is not None:
                click.echo(f"    {label:{_LABEL}}{_short(''.join(piece.text for piece in pieces))}")
    if len(differing) > _MOST_ROWS:
        click.echo(f"  and {len(differing) - _MOST_ROWS} more")


def _short(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= _LONGEST_VALUE else f"{line[: _LONGEST_VALUE - 1]}…"


def _print_strings(record: ExplanationRecord) -> None:
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
    """A few bytes before a byte and from it on, each on one line."""
    content = text.encode()
    before = content[max(0, at - _AROUND) : at].decode("utf-8", "replace")
    after = content[at : at + _AROUND].decode("utf-8", "replace")
    cut = "…" if at > _AROUND else ""
    return f"{cut}{_one_line(before)}", _one_line(after) or "(its end)"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


@click.command(cls=Careful)
@BODY
@options("secret_key")
def sign(body: BinaryIO, secret_key: str) -> None:
    """Sign a request and print it, ready to send.

    BODY is a file with the request. By default, it is read from standard input. A missing time is set to now. The
    string to sign is printed to standard error.
    """
    from mockserver.explain.signature import hiding
    from mockserver.signing.signature import signed_parameters, signed_request, string_to_sign

    content, received = read_object(body)
    if not isinstance(received.get("data"), dict):
        give_up(f"{name_of(body)}: expected a JSON object with user, method and data, in which data is an object")
    try:
        signed = signed_request({"time": SystemClock().now() // 1000, **json.loads(content)}, secret_key)
    except NotJsonError as error:
        give_up(f"{name_of(body)}: the body has a number that is too large: {error}")
    except ValueError:  # Python does not write numbers of more than some thousand digits
        give_up(f"{name_of(body)}: the body has a number with too many digits")
    click.echo(hiding(secret_key)(string_to_sign(signed_parameters(parse(signed)))), err=True)
    click.echo(signed.decode())


@click.command(cls=Careful)
@BODY
@options("secret_key")
def verify(body: BinaryIO, secret_key: str) -> None:
    """Check the signature of a request or a notification.

    BODY is a file with it. By default, it is read from standard input.
    """
    from mockserver.explain.signature import hiding
    from mockserver.signing.signature import sign as sign_text
    from mockserver.signing.signature import signed_parameters
    from mockserver.signing.signature import verify as verify_sign

    _, received = read_object(body)
    data, signature = received.get("data"), received.get("sign")
    if not isinstance(data, dict) or not isinstance(signature, str) or not signature:
        give_up(f"{name_of(body)}: expected a JSON object with sign and data, such as a request or a notification")
    parameters = signed_parameters(received) if "method" in received else data
    verdict = verify_sign(parameters, signature, secret_key)
    if verdict:
        click.echo(f"The signature is correct (empty values {verdict.empty_values}).")
        return
    click.echo("The signature does not match this key.", err=True)
    hide = hiding(secret_key)
    click.echo(f"string to sign  {hide(verdict.string_to_sign)}", err=True)
    click.echo(f"signature       {sign_text(verdict.string_to_sign, secret_key)}", err=True)
    click.echo(f"received        {hide(signature)}", err=True)
    click.echo(as_called("Run yabandpay-mock explain to find the cause."), err=True)
    sys.exit(1)
