"""A typed client of the sandbox's own API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlencode

import msgspec

from mockserver.api.operations import Problem
from mockserver.api.paths import API
from mockserver.server.readiness import NotReadyError, call_sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

__tracebackhide__ = True  # pytest shows the line of the test instead
_T = TypeVar("_T")
_LONGEST_CALL = 660  # a wait takes up to ten minutes
_UNMET = (408, 409)
_TOKEN_NEEDED = 401
_BAD = 400


Duration: TypeAlias = "str | float | timedelta"
"""A duration as text such as `500ms` or `24h`, or in seconds."""


def duration(given: Duration) -> str:
    """A duration as text."""
    if isinstance(given, str):
        return given
    seconds = given / timedelta(seconds=1) if isinstance(given, timedelta) else given
    return f"{round(seconds * 1000)}ms"


class ApiRefusedError(Exception):
    """The sandbox's own API rejected a request; the message says why and how to fix it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.title}: {problem.detail}")
        self.problem = problem


class NotAsExpectedError(AssertionError):
    """A wait or a check of a test failed; the message has the most similar records."""


class Api:
    """Calls the API of a sandbox."""

    def __init__(self, url: str, token: str = "") -> None:
        """`token` is the sandbox's control token, if it has one."""
        self.url = url
        self._headers = {"Content-Type": b"application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}".encode()

    def call(
        self, verb: str, path: str, gives: type[_T], body: object = None, query: Mapping[str, Any] | None = None
    ) -> _T:
        """Call an operation; returns its result, of the type `gives`.

        Raises:
            ApiRefusedError: the API refused the request.
            NotReadyError: the sandbox did not answer.
        """
        return msgspec.json.decode(self._send(verb, path, body, query) or b"null", type=gives)

    def text(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        """Get what an operation tells as plain text.

        Raises:
            ApiRefusedError: the API refused the request.
            NotReadyError: the sandbox did not answer.
        """
        return self._send("GET", path, None, query).decode()

    def _send(self, verb: str, path: str, body: object, query: Mapping[str, Any] | None) -> bytes:
        path = API + path + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else msgspec.json.encode(body)
        try:
            status, answer = call_sandbox(
                self.url, verb, path, timeout=_LONGEST_CALL, body=content, headers=self._headers
            )
        except NotReadyError as error:
            raise NotReadyError(f"The sandbox at {self.url} did not answer: {error}") from error
        if status >= _BAD:
            raise ApiRefusedError(self._problem(status, answer))
        return answer

    def expect(self, path: str, gives: type[_T], body: object) -> _T:
        """Call an operation that waits or verifies.

        Raises:
            NotAsExpectedError: the expectation is not met.
            ApiRefusedError: the API refused the request for another reason.
        """
        try:
            return self.call("POST", path, gives, body)
        except ApiRefusedError as refused:
            if refused.problem.status not in _UNMET:
                raise
            lines = [refused.problem.detail, *map(_near_miss, refused.problem.nearest)]
        raise NotAsExpectedError("\n".join(lines))

    def _problem(self, status: int, answer: bytes) -> Problem:
        try:
            problem = msgspec.json.decode(answer, type=Problem)
        except msgspec.MsgspecError:
            detail = f"{self.url} answered HTTP {status}; expected a sandbox of the same version."
            return Problem("No sandbox", status, detail)
        if status == _TOKEN_NEEDED:
            problem.detail += " Pass it to pytest as --yabandpay-control-token, or as RunningSandbox(control_token=…)."
        return problem


def _near_miss(nearest: dict[str, Any]) -> str:
    if "differs" in nearest:
        return f"  near miss: request {nearest['exchange']}, but {' and '.join(nearest['differs'])}"
    return "  there is " + ", ".join(f"{name} {value}" for name, value in nearest.items())
