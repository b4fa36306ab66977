"""The command compare: asks a gateway, and shows where the sandbox differs from it."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli.options import Careful, SettingType
from mockserver.cli.serving import give_up
from mockserver.durations import duration_text, parse_duration
from mockserver.texts import parse_text, parse_user, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.compare.comparison import Comparison
    from mockserver.compare.exchange import Answers, RawAnswer, Subject
    from mockserver.compare.requests import Ask

_LARGEST_KEY_FILE = 4096
_STOPPED = 130
_STANDARD_INPUT = "-"


def _address(text: str) -> str:
    from mockserver.compare.sending import read_base_url

    return read_base_url(text)


def _identifier(text: str) -> str:
    parse_text(text)
    if not text.isprintable():
        raise ValueError(f"expected an id in one line, not {shown(text)}")
    return text


def _file(text: str) -> Path:
    if not text:
        raise ValueError("expected the name of a file")
    return Path(text)


@click.command(cls=Careful)
@click.option("--base-url", type=SettingType(_address), required=True, metavar="URL",
              help="Address of the gateway, without /Payments. It has no default.")  # fmt: skip
@click.option("--user", type=SettingType(parse_user), required=True, metavar="UID", help="UID of the account.")
@click.option("--secret-key-file", required=True, metavar="FILE",
              help="File with the account's secret key; - for standard input.")  # fmt: skip
@click.option("--create", is_flag=True,
              help="Also create orders of the smallest amount, which expire unpaid.")  # fmt: skip
@click.option("--trade-id", type=SettingType(_identifier), multiple=True, metavar="ID",
              help="Also query this order. Repeatable.")  # fmt: skip
@click.option("--order-id", type=SettingType(_identifier), multiple=True, metavar="ID",
              help="Also query by this order_id, which is not documented. Repeatable.")  # fmt: skip
@click.option("--profile", type=SettingType(_file), metavar="FILE",
              help="Compare with the sandbox as this profile makes it.")  # fmt: skip
@click.option("--write", type=SettingType(_file), metavar="FILE",
              help="Write what was observed as a profile, for serve --profile.")  # fmt: skip
@click.option("--delay", type=SettingType(parse_duration), default="1s", show_default=True, metavar="TIME",
              help="Pause between two requests.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask before the first request.")
def compare(**given: Any) -> None:  # noqa: ANN401 - of several types
    """Compare a gateway with the sandbox.

    Without --create, it sends only requests that the gateway refuses, and queries; with it, orders of the smallest
    amount. It never pays, refunds, cancels, captures, pays out or splits. The exit status is 0 if all behaviours agree
    that could be asked, 1 if one differs or there is no answer, and 130 after Ctrl-C.
    """
    from mockserver.compare.comparison import requests_for
    from mockserver.compare.sending import new_subject

    if given["profile"] and given["write"]:
        give_up("--write records what differs from the sandbox without a profile; leave out --profile.")
    _check_target(given["write"])
    key_file: str = given["secret_key_file"]
    if not given["yes"] and not (sys.stdin.isatty() and key_file != _STANDARD_INPUT):
        give_up("compare asks before it sends anything, which needs a terminal; add --yes if you mean it.")
    key = _read_key(key_file)
    subject = new_subject(given["user"], key, given["trade_id"], given["order_id"])
    asks = requests_for(subject, creates=given["create"])
    click.echo(_plan(asks, given["base_url"], given["delay"], creates=given["create"]), err=True)
    if not given["yes"] and not click.confirm("Send them?", err=True):
        click.echo("Nothing was sent.", err=True)
        sys.exit(1)
    try:
        ours = _ask_sandbox(subject, given["profile"])
    except KeyboardInterrupt:
        sys.exit(_STOPPED)
    theirs, is_stopped = _ask_gateway(asks, subject, given["base_url"], given["delay"])
    _finish(ours, theirs, subject, given, is_stopped=is_stopped)


def _finish(ours: Answers, theirs: Answers, subject: Subject, given: dict[str, Any], *, is_stopped: bool) -> None:
    """Show the results, write the profile, and end with the exit status."""
    from mockserver.compare.comparison import DIFFERS
    from mockserver.compare.comparison import compare as compared
    from mockserver.compare.report import report
    from mockserver.pages.docs.reference import ledger

    problems = [answer.problem for answer in theirs.found.values() if answer.problem]
    if not any(not answer.problem for answer in theirs.found.values()):
        click.echo(f"The gateway did not answer: {theirs.mask.text(problems[0]) if problems else 'stopped'}.", err=True)
        sys.exit(_STOPPED if is_stopped else 1)
    if _refuses_our_signs(theirs):
        click.echo(
            "The gateway answers correctly signed requests as it answers a wrong sign. "
            "Check --user and the secret key; nothing was compared.",
            err=True,
        )
        sys.exit(_STOPPED if is_stopped else 1)
    comparison = compared(ours, theirs, subject, creates=given["create"])
    for line in report(comparison, ledger()):
        click.echo(line)
    if is_stopped:
        click.echo("Stopped before all requests were sent.", err=True)
    if given["write"] is not None:
        _write(comparison, given["write"])
    if is_stopped:
        sys.exit(_STOPPED)
    sys.exit(any(one.status == DIFFERS for one in comparison.results))


def _refuses_our_signs(theirs: Answers) -> bool:
    """Whether queries with a correct sign got the very answer of a wrong one, as with the key of another account."""
    refused = theirs.found.get("wrong sign")
    queries = [theirs.found.get(name) for name in ("unknown order", "unknown state")]
    return refused is not None and not refused.problem and all(
        one is not None and (one.status, one.body) == (refused.status, refused.body) for one in queries
    )  # fmt: skip


def _check_target(target: Path | None) -> None:
    if target is not None and (target.is_dir() or not target.parent.is_dir()):
        give_up(f"--write: expected a file in a folder that exists, not {shown(str(target))}")


def _read_key(name: str) -> str:
    """The secret key in a file. No message has a part of it, nor the name, which may be the key by mistake."""
    try:
        if name == _STANDARD_INPUT:
            content = sys.stdin.buffer.read(_LARGEST_KEY_FILE + 1)
        else:
            with Path(name).open("rb") as opened:
                content = opened.read(_LARGEST_KEY_FILE + 1)
    except (OSError, ValueError) as error:
        give_up(f"--secret-key-file: the file cannot be read: {getattr(error, 'strerror', None) or 'no such file'}")
    try:
        key = parse_text(content.decode("utf-8-sig").strip("\r\n"))
    except ValueError:
        key = ""
    if not key or not key.isprintable() or key != key.strip():
        give_up("--secret-key-file: expected the secret key alone, in one line of UTF-8 of 1 to 200 characters")
    return key


def _plan(asks: Sequence[Ask], base_url: str, delay: int, *, creates: bool) -> str:
    from mockserver.compare.comparison import creating_count

    count, seconds = len(asks), len(asks) * delay // 1000
    sends = f"compare sends {count} requests to {base_url}/Payments, with {duration_text(delay)} between two of them"
    parts = [f"{sends}: about {duration_text(max(seconds, 1) * 1000)}."]
    if creates:
        parts.append(
            f"{creating_count(asks)} of them create an order if the gateway accepts them, of 0.01 to 1.00; nobody pays,"
            " and they expire after a minute, without a timeout after a day."
        )
    parts.append("None of them pays, refunds, cancels, captures, pays out or splits.")
    return " ".join(parts)


def _ask_sandbox(subject: Subject, profile: Path | None) -> Answers:
    from mockserver.compare.sending import ask_sandbox
    from mockserver.gateway.profile_file import ProfileError

    try:
        return ask_sandbox(subject, profile)
    except ProfileError as error:
        give_up(str(error))


def _ask_gateway(asks: Sequence[Ask], subject: Subject, base_url: str, delay: int) -> tuple[Answers, bool]:
    """The answers until Ctrl-C, and whether it was pressed."""
    from mockserver.clock import SystemClock
    from mockserver.compare.comparison import ask
    from mockserver.compare.exchange import Answers, Mask
    from mockserver.compare.sending import http_sender

    found: dict[str, RawAnswer] = {}
    is_stopped = False
    try:
        with http_sender(base_url) as send:
            for number, (name, answer) in enumerate(ask(asks, subject, send, SystemClock(), lambda: _pause(delay)), 1):
                found[name] = answer
                if sys.stderr.isatty():
                    click.echo(f"  {number}/{len(asks)} {name}", err=True)
    except KeyboardInterrupt:
        is_stopped = True
    return Answers(found, Mask(subject)), is_stopped


def _pause(milliseconds: int) -> None:
    Event().wait(milliseconds / 1000)


def _write(comparison: Comparison, target: Path) -> None:

    from mockserver import __version__
    from mockserver.clock import SystemClock
    from mockserver.compare.recording import profile_text
    from mockserver.durations import moment

    day = moment(SystemClock().now()).date().isoformat()
    how = "with new orders" if comparison.creates else "without new orders"
    text = profile_text(comparison, f"Observed on {day} by yabandpay-mock {__version__} compare, {how}.")
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        click.echo(text)
        give_up(f"--write: the file cannot be written: {error.strerror}. The profile is printed above.")
    click.echo(f"Wrote {target}.", err=True)
