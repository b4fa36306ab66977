"""The command `examine`: grades a shop by what it does with genuine, repeated, late and forged notifications."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

import click
import msgspec

from mockserver.api.records import AccountRecord
from mockserver.cli.lines import BOLD, DIM, GREEN, RED, YELLOW, printable
from mockserver.cli.options import SettingType
from mockserver.cli.remote import DEFAULT_URL
from mockserver.cli.remote.connection import remote_command
from mockserver.cli.serving import give_up
from mockserver.durations import parse_duration
from mockserver.examine.checks import CHECKS
from mockserver.examine.examination import MOST_PARALLEL, Examination, Plan, chosen_checks
from mockserver.examine.report import VERDICTS
from mockserver.examine.sandbox import SandboxRefusedError
from mockserver.examine.shop import Shop, ShopError, Words, creator, end_commands, is_address, state_reader
from mockserver.examine.trial import Pace
from mockserver.server.readiness import NotReadyError, wait_until_ready
from mockserver.system.stopping import at_stop_signals
from mockserver.testing.examining import HttpCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from mockserver.cli.remote.connection import Remote
    from mockserver.examine.report import CheckResult, Report
    from mockserver.examine.shop import StateKind
    from mockserver.examine.steps import Check, Verdict

_MARKS: dict[Verdict, tuple[str, str]] = {
    "passed": ("ok", GREEN), "lost money": ("LOST", RED), "lost an order": ("LOST", RED),
    "unsafe habit": ("!!", YELLOW), "not graded": ("--", DIM),
}  # fmt: skip
_HERE = {"127.0.0.1", "localhost", "::1"}
_STOPPED = 130


def _words(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[str]:
    return [word.strip() for text in given for word in text.split(",") if word.strip()]


def _word_option(name: str, meaning: str, example: str) -> Any:  # noqa: ANN401 - a decorator of click
    return click.option(f"--{name}", multiple=True, callback=_words, metavar="WORDS",
                        help=f"The shop's words for {meaning}, such as {example}; separated by commas.")  # fmt: skip


def _checks(context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[Check, ...]:
    try:
        return chosen_checks(_words(context, _parameter, given))
    except ValueError as error:
        text = str(error)
        raise click.UsageError(f"{text[:1].upper()}{text[1:]}", context) from None


def _list_checks(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - of click
    if not wanted or context.resilient_parsing:
        return
    group = ""
    for check in CHECKS:
        if check.group != group:
            group = check.group
            click.echo(f"{group}:")
        click.echo(f"  {check.name:30} {check.title}")
    context.exit()


@remote_command(
    click.option("--create", required=True, metavar="COMMAND|URL",
                 help="Makes the shop create an order: a command, or a URL that is posted to."),
    click.option("--state", default="", metavar="COMMAND|URL",
                 help="Reads the shop's state of an order: a command or a URL with {order_id}."),
    _word_option("paid", "paid", "completed"),
    _word_option("open", "unpaid", "pending"),
    _word_option("refunded", "refunded", "returned"),
    _word_option("closed", "ended without payment", "cancelled"),
    _word_option("held", "waiting for a person", "on-hold"),
    click.option("--state-field", default="", metavar="PATH", help="Field of the state in JSON, such as order.status."),
    click.option("--effects-field", default="", metavar="PATH",
                 help="Field with the number of side effects, such as shipments."),
    click.option("--only", "checks", multiple=True, callback=_checks, metavar="CHECKS",
                 help="Only these checks or groups, separated by commas."),
    click.option("--list", "lists", is_flag=True, is_eager=True, expose_value=False, callback=_list_checks,
                 help="List the checks, and exit."),
    click.option("--parallel", type=click.IntRange(1, MOST_PARALLEL), default=8, show_default=True,
                 help="How many checks run side by side."),
    click.option("--patience", type=SettingType(parse_duration), default="10s", show_default=True, metavar="TIME",
                 help="How long to wait for the shop to change a state."),
    click.option("--settle", type=SettingType(parse_duration), default="500ms", show_default=True, metavar="TIME",
                 help="How long a state must last at least."),
    click.option("--all", "shows_all", is_flag=True, help="List the passed checks too."),
    click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                 help="Write the report as JUnit XML."),
    click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                 help="Write the report as one HTML file, to print or to send."),
    click.option("--language", type=click.Choice(("en", "zh")), default="en", show_default=True,
                 help="Language of the HTML file."),
)  # fmt: skip
def examine(  # noqa: PLR0913 - its flags
    remote: Remote, *, create: str, state: str, checks: tuple[Check, ...], parallel: int, patience: int, settle: int,
    state_field: str, effects_field: str, junit: Path | None, html: Path | None, language: str,
    shows_all: bool, **words: list[str],
) -> None:  # fmt: skip
    """Examine a shop: would it have lost money?

    The shop creates orders at the sandbox, with the account's own key. For each check, the sandbox sends genuine,
    repeated, late or forged notifications of one order, and then looks at what the shop believes of it. Meanwhile the
    account's clock stands still. If no sandbox runs at the URL, one is started there for the examination.

    The exit status is 0 if the shop passed, 1 if it did not, and 2 if it cannot be examined.
    """
    for name, where in (("--create", create), ("--state", state)):
        if where and not where.strip():
            raise click.UsageError(f"{name} is empty; expected a command or a URL.")
    if is_address(state) and "{order_id}" not in state:
        raise click.UsageError(f"--state needs {{order_id}} in the URL, such as {state.rstrip('/')}/{{order_id}}.")
    shop = Shop(
        creator(create),
        state_reader(state) if state else None,
        Words(cast("dict[StateKind, list[str]]", words)),
        state_field,
        effects_field,
    )
    plan = Plan(checks, parallel, Pace(patience / 1000, settle / 1000))
    for file in filter(None, (junit, html)):
        _check_writable(file)
    with _sandbox_for(remote) as page:
        remote.get("", AccountRecord)
        examination = Examination(HttpCalls(remote.api), remote.user, shop, plan)
        try:
            with _stopping(examination):
                report = examination.run(_progress(remote))
        except (ShopError, SandboxRefusedError) as error:
            _clear_progress(remote)
            give_up(printable(str(error)))
        _clear_progress(remote)
        _keep(remote, report)
    _write_files(report, junit, html, language)
    _print(remote, report, html or page, shows_all=shows_all)
    sys.exit(_STOPPED if report.state == "stopped" else 0 if report.has_passed else 1)


@contextmanager
def _sandbox_for(remote: Remote) -> Iterator[str]:
    """A block with a sandbox at the command's address: the running one, or else one that is started there.

    Gives the address of the page with the report, which is empty if nothing shows it after the block.
    """
    page = ""
    with ExitStack() as resources:
        try:
            wait_until_ready(remote.url, 0)
            page = f"{remote.url}/_sandbox/accounts/{quote(remote.user, safe='')}/examination"
        except NotReadyError:
            place = urlsplit(remote.url)
            if place.hostname not in _HERE or place.scheme != "http":
                raise
            from mockserver.settings import Settings
            from mockserver.testing import Sandbox

            port = place.port or urlsplit(DEFAULT_URL).port or 0
            try:
                resources.enter_context(Sandbox(Settings(port=port, log="none")))
            except OSError as error:
                give_up(f"No sandbox answers at {remote.url}, and none can be started there: {error}.")
            if not remote.as_json:
                click.echo(f"No sandbox runs at {remote.url}, so one is started there for the examination.\n", err=True)
        yield page


@contextmanager
def _stopping(examination: Examination) -> Iterator[None]:
    """A block that Ctrl-C and SIGTERM end in order, with the results so far."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        examination.stop()
        end_commands()

    with at_stop_signals(on_signal):
        yield


def _check_writable(file: Path) -> None:
    try:
        file.touch()
    except OSError as error:
        give_up(f"{file} cannot be written: {error.strerror}.")


def _progress(remote: Remote) -> Callable[[Report], None]:
    def show(report: Report) -> None:
        if sys.stderr.isatty() and not remote.as_json:
            click.echo(f"\r  {report.done} of {report.total} checks …", nl=False, err=True)

    return show


def _clear_progress(remote: Remote) -> None:
    if sys.stderr.isatty() and not remote.as_json:
        click.echo("\r\033[K", nl=False, err=True)


def _keep(remote: Remote, report: Report) -> None:
    """Show the report on the sandbox's pages too."""
    remote.api.call("PUT", f"{remote.path}/examination", dict[str, Any], report)


def _write_files(report: Report, junit: Path | None, html: Path | None, language: str) -> None:
    if junit is not None:
        from mockserver.examine.junit import as_junit

        junit.write_text(as_junit(report), encoding="utf-8")
    if html is not None:
        from mockserver.pages.report_file import report_file

        html.write_text(report_file(report, language), encoding="utf-8")


def _print(remote: Remote, report: Report, details: Path | str, *, shows_all: bool) -> None:
    if remote.as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
        return
    for line in _lines(remote, report, details, shows_all=shows_all):
        click.echo(line, color=True)


def _lines(remote: Remote, report: Report, details: Path | str, *, shows_all: bool) -> Iterator[str]:
    for group, results in groupby(report.results, lambda one: one.group):
        listed = list(results)
        passed = sum(one.verdict == "passed" for one in listed)
        text = f"{passed} of {len(listed)} passed"
        yield f"  {remote.paint(f'{group:12}', BOLD)} {remote.paint(text, GREEN if passed == len(listed) else RED)}"
        for one in listed:
            if shows_all or one.verdict != "passed":
                yield from _result(remote, one)
    yield ""
    for sentence in report.open:
        yield from _wrapped(remote, sentence, "")
        yield ""
    counts = [f"{report.verdicts[verdict]} {verdict}" for verdict in VERDICTS if report.verdicts[verdict]]
    ended = "stopped after" if report.state == "stopped" else "examined in"
    yield remote.paint(_answer(report), GREEN if report.has_passed else RED)
    yield from _wrapped(remote, f"{', '.join(counts) or 'nothing was examined'}; {ended} {report.seconds:.1f} s.", "")
    if not report.has_passed and report.results:
        if details:
            yield "What was sent and answered, and code that fixes it:"
            yield f"  {details}"
        else:
            yield from _wrapped(remote, "--html FILE writes what was sent and answered, and code that fixes it.", "")


def _answer(report: Report) -> str:
    money, orders = report.verdicts["lost money"], report.verdicts["lost an order"]
    if money:
        return f"This shop would have lost money in {money} of {len(report.results)} checks."
    if orders:
        return f"This shop would have lost orders in {orders} of {len(report.results)} checks."
    if report.verdicts["unsafe habit"]:
        return "This shop loses neither money nor orders, but has unsafe habits."
    return "This shop passed." if report.has_passed else "The examination was stopped."


def _result(remote: Remote, one: CheckResult) -> Iterator[str]:
    mark, colour = _MARKS[one.verdict]
    verdict = "" if one.verdict == "passed" else f"  {one.verdict}"
    yield f"    {remote.paint(f'{mark:4}', colour)} {one.title}{remote.paint(verdict, colour)}"
    if one.verdict == "passed":
        return
    yield from _wrapped(remote, printable(one.sentence), "         ")
    if one.has_failed:
        yield from _wrapped(remote, one.costs, "         ")
        if one.trade_id:
            yield f"         {remote.paint(remote.command(f'show {one.trade_id[:8]}'), DIM)}  ({one.name})"


def _wrapped(remote: Remote, text: str, indent: str) -> Iterator[str]:
    from textwrap import wrap

    yield from wrap(text, remote.width - 1, initial_indent=indent, subsequent_indent=indent)
