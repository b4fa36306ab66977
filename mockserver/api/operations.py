"""The operations of the API, each declared once for the site and for OpenAPI, and the limits of their values."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - the type of a field
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from mockserver.api.paths import STOPPED_WAITING
from mockserver.scenarios.scenario import LONGEST_PATTERN
from mockserver.scheduler.waits import AccountGoneError
from mockserver.scheduler.watch import ClockBusyError
from mockserver.texts import LONGEST
from mockserver.threads import StoppedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.api.assistance import NoTool, Tool
    from mockserver.app import Application
    from mockserver.clock import AccountClock
    from mockserver.domain.accounts import Account


LARGEST_PAGE = 1000
MOST_LISTED = 10_000_000
"""The largest size of a journal."""

_MOST_PAGES = 10**9

Label = Annotated[str, Meta(max_length=LONGEST)]
"""A name, or another short text that may be empty."""

Word = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
"""A short text."""

Pattern = Annotated[str, Meta(max_length=LONGEST_PATTERN)]
"""A text in which `*` matches any text."""

Text = Annotated[str, Meta(max_length=10_000)]
"""The value of a field in a notification."""

Address = Annotated[str, Meta(max_length=8000)]
"""A web address."""

PageNumber = Annotated[int, Meta(ge=1, le=_MOST_PAGES)]
PageSize = Annotated[int, Meta(ge=1, le=LARGEST_PAGE)]
Listed = Annotated[int, Meta(ge=0, le=MOST_LISTED)]
"""A number of items to list."""

Counted = Annotated[int, Meta(ge=1, le=MOST_LISTED)]
"""A number of items to expect."""


_T = TypeVar("_T")
_Given = TypeVar("_Given")


class Problem(msgspec.Struct):
    """A problem in the form of RFC 9457; `nearest` has the most similar records, if any."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    nearest: list[Any] = []


class ApiError(Exception):
    """An operation failed; `nearest` has the records most similar to the expected ones."""

    def __init__(self, status: int, title: str, detail: str, nearest: list[Any] | None = None) -> None:
        """Answer with an HTTP status, a title that all such problems share, and a sentence about this one."""
        super().__init__(detail)
        self.problem = Problem(title, status, detail, nearest=nearest or [])


class BadValue(ApiError):
    """A value of a well-formed request is invalid: HTTP status 422."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, "Invalid value", detail)

    @classmethod
    def because(cls, error: ValueError) -> BadValue:
        """Make the message of an error of the domain a sentence."""
        text = str(error)
        return cls(f"{text[:1].upper()}{text[1:]}.")


def taken(check: Callable[[_Given], _T], given: _Given) -> _T:
    """The result of a function of the domain for a value of a request.

    Raises:
        BadValue: the function raised a ValueError.
    """
    try:
        return check(given)
    except ValueError as error:
        raise BadValue.because(error) from None


class Visit(NamedTuple):
    """A call of an operation: the sandbox, the values of the path, the query and the body."""

    app: Application
    path: dict[str, str]
    query: Any
    body: Any

    @property
    def account(self) -> Account:
        """The account in the path.

        Raises:
            ApiError: there is no such account.
        """
        user = self.path["user"]
        account = self.app.store.account(user)
        if account is None:
            raise ApiError(
                404, "No such account", f"There is no account {user}. Create one with POST /_sandbox/api/accounts."
            )
        return account

    @property
    def clock(self) -> AccountClock:
        return self.app.clocks.of(self.account.user)


class Pending(NamedTuple):
    """A result that an operation returns later, without a thread that waits for it.

    `finish` turns the future's result into the operation's; `leave` is called when the client disconnects.
    """

    future: Future[Any]
    finish: Callable[[Any], Any] = lambda value: value
    leave: Callable[[], object] = lambda: None

    def result(self) -> Any:  # noqa: ANN401 - of the operation's own type
        """Block until the result is there.

        Raises:
            ApiError: the operation failed, or the sandbox stopped.
        """
        try:
            return self.finish(self.future.result())
        except (CancelledError, StoppedError):
            raise ApiError(503, "Stopping", STOPPED_WAITING) from None
        except AccountGoneError as error:
            raise ApiError(404, "No such account", str(error)) from None
        except ClockBusyError as error:
            raise ApiError(409, "Clock is busy", str(error)) from None


class Operation(NamedTuple):
    """One operation: its verb, its path below the API with names in braces, and its types.

    `body`, `query` and `gives` are types for msgspec, or None. An operation that returns plain text has its `media`
    type. `handle` returns a value of type `gives`, or a `Pending` of it. `tool` is how coding assistants carry it out.
    """

    verb: str
    path: str
    summary: str
    handle: Callable[[Visit], Any]
    gives: Any = None
    body: Any = None
    query: Any = None
    status: int = 200
    media: str = "application/json"
    tool: Tool | NoTool | None = None

    def carry_out(
        self,
        app: Application,
        path: dict[str, str],
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what `handle` returns
        """Carry it out with plain JSON values, which are checked like those over HTTP.

        Raises:
            ApiError: it cannot be carried out.
        """
        return self.handle(Visit(app, path, _converted(query, self.query), _converted(body, self.body)))


def _converted(value: Mapping[str, Any] | None, shape: Any) -> Any:  # noqa: ANN401 - of the operation's own type
    if shape is None:
        return None
    try:
        return msgspec.convert(value or {}, shape)
    except msgspec.ValidationError as error:
        raise BadValue(f"{error}.") from None
