"""The sandbox and the account that a command works with: its flags, its calls and its errors."""

from __future__ import annotations

import sys
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import quote

import click
import msgspec

from mockserver.api.records import AccountRecord, ClockRecord
from mockserver.cli.lines import Part, entry, instant_in, paint, width_of, wrapped
from mockserver.cli.options import Careful, SettingType
from mockserver.cli.remote import DEFAULT_URL, TOKEN_VARIABLE, URL_VARIABLE
from mockserver.cli.remote.completing import complete_accounts
from mockserver.delivery.destination import is_web_address
from mockserver.server.readiness import NotReadyError
from mockserver.system.command import as_called, own_command
from mockserver.system.output import has_colour
from mockserver.system.words import quoted
from mockserver.testing.api import Api, ApiRefusedError, NotAsExpectedError
from mockserver.texts import nearest_words, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from click.decorators import FC

_T = TypeVar("_T")
_TOKEN_NEEDED, _NOT_FOUND = 401, 404
_FORCE_OF_API, _FORCE_HERE = 'Add "force": true to the request', "Add --force"


class Remote:
    """A running sandbox and one of its accounts, for one command."""

    def __init__(
        self, url: str, account: str, token: str, *, as_json: bool, flags: Mapping[str, str] | None = None
    ) -> None:
        """`account` is the user of an account; empty for the sandbox's own. `flags` are those given of both."""
        self.url, self.as_json, self._account, self._has_token = url, as_json, account, bool(token)
        self.api = Api(url, token)
        self._output, self._flags = sys.stdout, flags or {}

    @property
    def is_account_named(self) -> bool:
        """Whether the command names an account; otherwise it works with the sandbox's own."""
        return bool(self._account)

    @cached_property
    def user(self) -> str:
        return self._account or self.api.call("GET", "/settings", dict[str, str])["user"]

    @property
    def path(self) -> str:
        """The path of the account in the API."""
        return f"/accounts/{quote(self.user, safe='')}"

    def get(self, path: str, gives: type[_T], query: Mapping[str, Any] | None = None) -> _T:
        """Get something of the account."""
        return self.api.call("GET", self.path + path, gives, query=query)

    def now(self) -> int:
        """The account's time."""
        return instant_in(self.get("/clock", ClockRecord).now)

    def post(self, path: str, gives: type[_T], body: object = None) -> _T:
        """Change something of the account."""
        return self.api.call("POST", self.path + path, gives, {} if body is None else body)

    def page(self, *segments: str) -> str:
        """The address of a page about the account."""
        rest = "/".join(quote(segment, safe="") for segment in segments)
        return f"{self.url}/_sandbox/accounts/{quote(self.user, safe='')}/{rest}"

    def show(self, value: Any, *lines: str) -> None:  # noqa: ANN401 - whatever can be JSON
        """Print the value as one JSON document if that is asked for, and otherwise the lines."""
        if self.as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
            return
        for line in lines:
            click.echo(line, color=True)

    def command(self, line: str, *, has_account: bool = True) -> str:
        """A command for this sandbox and account, as it is called here; the flags that name them are repeated."""
        flags = self._flags if has_account else {name: flag for name, flag in self._flags.items() if name != "account"}
        return f"{own_command()} {line}{''.join(flags.values())}"

    def paint(self, text: str, colour: str) -> str:
        return paint(text, colour, coloured=self.has_colour)

    @property
    def has_colour(self) -> bool:
        return has_colour(self._output)

    @property
    def width(self) -> int:
        return width_of(self._output)

    def entry(self, head: Iterable[Part], below: Iterable[Part] = ()) -> list[str]:
        """An entry as lines for this terminal."""
        return list(entry(list(head), below, width=self.width, coloured=self.has_colour))

    def complain(self, error: Exception) -> str:
        """What a failed call means for the user of the terminal, and what to do."""
        if isinstance(error, NotReadyError):
            why = str(error.__cause__ or error).rpartition("] ")[2]
            return (
                f"No sandbox answers at {self.url}: {why}.\n"
                f"Start one with yabandpay-mock serve, or give its address as --url or ${URL_VARIABLE}."
            )
        if not isinstance(error, ApiRefusedError):
            return str(error)
        problem = error.problem
        if problem.status == _TOKEN_NEEDED:
            wrong = "does not accept this control token" if self._has_token else "needs its control token"
            return f"The sandbox at {self.url} {wrong}.\nGive the token as --token or ${TOKEN_VARIABLE}."
        if problem.status == _NOT_FOUND and problem.title == "No such account":
            return self._no_account()
        return problem.detail.replace(_FORCE_OF_API, _FORCE_HERE)

    def _no_account(self) -> str:
        users = [account.user for account in self.api.call("GET", "/accounts", list[AccountRecord])]
        near = nearest_words(self._account, users)
        meant = f"; did you mean {near[0]}?" if near else "."
        listing = self.command("accounts", has_account=False)
        return f"There is no account {shown(self._account)}{meant} List them with {listing}."


def no(message: str) -> NoReturn:
    """Exit with status 1 and a message on standard error: the command was right, and the answer is no."""
    say(message)
    sys.exit(1)


def say(message: str) -> None:
    """Print a message on standard error; in a terminal, wrapped to its width."""
    stream = sys.stderr
    lines = as_called(message).splitlines()
    if stream.isatty():
        lines = [part for line in lines for part in wrapped(line, width_of(stream))]
    click.echo("\n".join(lines), err=True)


def web_address(text: str) -> str:
    if not is_web_address(text):
        raise ValueError(f"expected an address such as {DEFAULT_URL}, not {shown(text)}")
    return text


def _own_address(text: str) -> str:
    """An address without the parts in which others keep passwords, which messages about it would show."""
    if not is_web_address(text) or any(sign in text for sign in "@?#"):
        without_secrets = text.rpartition("@")[2].partition("?")[0]
        raise ValueError(f"expected an address such as {DEFAULT_URL}, not {shown(without_secrets)}")
    return text


def _token(context: click.Context, _parameter: click.Parameter, given: str) -> str:
    token = given.strip()
    if not (token.isascii() and token.isprintable()):
        raise click.UsageError("The control token has a character that no HTTP header can have.", context)
    return token


CONNECTION_OPTIONS = (
    click.option("--url", type=SettingType(_own_address), default=DEFAULT_URL, envvar=URL_VARIABLE, show_envvar=True,
                 show_default=True, metavar="URL", help="Address of the running sandbox."),
    click.option("--account", default="", metavar="USER", shell_complete=complete_accounts,
                 help="UID of the account. Default: the sandbox's own."),
    click.option("--token", default="", envvar=TOKEN_VARIABLE, show_envvar=True, metavar="TOKEN",
                 callback=_token, help="Control token, if the sandbox was started with one."),
)  # fmt: skip
"""The flags that say which sandbox, and which of its accounts."""

_OPTIONS = (*CONNECTION_OPTIONS, click.option("--json", "as_json", is_flag=True, help="Print JSON."))


def _given_flags(**values: str) -> dict[str, str]:
    """The flags of these names that the command line has; those of the environment need not be repeated."""
    source, on_line = click.get_current_context().get_parameter_source, click.core.ParameterSource.COMMANDLINE
    return {name: f" --{name} {quoted(value)}" for name, value in values.items() if source(name) == on_line}


def remote_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a function the flags of all these commands and the `Remote`, and report what fails in a sentence."""

    @wraps(function)
    def run(url: str, account: str, token: str, *, as_json: bool, **values: Any) -> None:  # noqa: ANN401 - of the command
        remote = Remote(url.rstrip("/"), account, token, as_json=as_json, flags=_given_flags(url=url, account=account))
        try:
            function(remote, **values)
        except (NotReadyError, ApiRefusedError, NotAsExpectedError) as error:
            try:
                message = remote.complain(error)
            except (NotReadyError, ApiRefusedError) as another:
                message = str(another)
            no(message)

    decorated: Any = run
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def remote_command(*arguments: FC | Callable[[FC], FC], **attributes: Any) -> Callable[[Any], click.Command]:  # noqa: ANN401 - of click.command
    """Declare a command with its own arguments and options, and after them those of all these commands."""

    def decorate(function: Callable[..., None]) -> click.Command:
        decorated: Any = remote_options(function)
        for argument in reversed(arguments):
            decorated = argument(decorated)
        return click.command(cls=Careful, **attributes)(decorated)

    return decorate
