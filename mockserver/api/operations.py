"""What an operation of the sandbox's own API is: declared once, served by the site, described in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - a field of a NamedTuple has it
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from mockserver.api.paths import STOPPED_WAITING
from mockserver.scheduler.waits import AccountGoneError
from mockserver.scheduler.worker import ClockBusyError
from mockserver.threads import StoppedError

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import AccountClock
    from mockserver.domain.accounts import Account

_T = TypeVar("_T")
_Given = TypeVar("_Given")


class Problem(msgspec.Struct):
    """What went wrong, as RFC 9457 problem details: `detail` says what to do."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    nearest: list[Any] = []


class ApiError(Exception):
    """An operation cannot be carried out; `nearest` holds what came closest to what was asked for."""

    def __init__(self, status: int, title: str, detail: str, nearest: list[Any] | None = None) -> None:
        """Answer with a status, a title that is the same for all such problems, and a sentence."""
        super().__init__(detail)
        self.problem = Problem(title, status, detail, nearest=nearest or [])


class BadValue(ApiError):
    """A value in a request that reads well cannot be taken: 422 with a sentence."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, "Bad value", detail)

    @classmethod
    def because(cls, error: ValueError) -> BadValue:
        """Refuse with what an error of the domain says, as a sentence."""
        text = str(error)
        return cls(f"{text[:1].upper()}{text[1:]}.")


def taken(check: Callable[[_Given], _T], given: _Given) -> _T:
    """What a function of the domain makes of a value that was given.

    Raises:
        BadValue: it cannot be taken.
    """
    try:
        return check(given)
    except ValueError as error:
        raise BadValue.because(error) from None


class Visit(NamedTuple):
    """A call of an operation: the sandbox, the values in its path, its query and its body."""

    app: Application
    path: dict[str, str]
    query: Any
    body: Any

    @property
    def account(self) -> Account:
        """The account that the path names.

        Raises:
            ApiError: there is none.
        """
        user = self.path["user"]
        account = self.app.store.account(user)
        if account is None:
            raise ApiError(404, "No such account", f"There is no account {user}. POST /accounts makes one.")
        return account

    @property
    def clock(self) -> AccountClock:
        """The clock of the account."""
        return self.app.clocks.of(self.account.user)


class Pending(NamedTuple):
    """What an operation gives later: nobody's thread waits for it.

    `finish` makes what the operation gives of what the future gives; `leave` is called when the client goes away.
    """

    future: Future[Any]
    finish: Callable[[Any], Any] = lambda value: value
    leave: Callable[[], object] = lambda: None

    def result(self) -> Any:  # noqa: ANN401 - of the operation's own type
        """What the operation gives, waited for in this thread.

        Raises:
            ApiError: it came to nothing.
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
    """One operation: its verb, the path below the API with names in braces, what it takes and what it gives.

    `body`, `query` and `gives` are types that msgspec reads and writes; None where there is none. An operation that
    gives a plain text has the text's media type.
    `handle` may give a `Pending` of it.
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
