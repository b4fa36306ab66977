"""A typed client of the sandbox's own API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests

from mockserver.api.operations import Problem
from mockserver.api.paths import API

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T")
_LONGEST_CALL = 660  # a wait takes up to ten minutes
_UNMET = (requests.codes.request_timeout, requests.codes.conflict)


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
        self._session = requests.Session()
        self._session.trust_env = False  # proxies of the environment cannot reach a sandbox
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}".encode()

    def close(self) -> None:
        self._session.close()

    def call(
        self, verb: str, path: str, gives: type[_T], body: object = None, query: Mapping[str, Any] | None = None
    ) -> _T:
        """Call an operation; returns its result, of the type `gives`.

        Raises:
            ApiRefusedError: the API refused the request.
        """
        answer = self._session.request(
            verb,
            f"{self.url}{API}{path}",
            params=query,
            data=None if body is None else msgspec.json.encode(body),
            headers={"Content-Type": "application/json"},
            timeout=_LONGEST_CALL,
        )
        if not answer.ok:
            raise ApiRefusedError(_problem(answer))
        return msgspec.json.decode(answer.content or b"null", type=gives)

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


def _problem(answer: requests.Response) -> Problem:
    try:
        return msgspec.json.decode(answer.content, type=Problem)
    except msgspec.MsgspecError:
        detail = f"{answer.url} answered HTTP {answer.status_code}; expected a sandbox of the same version."
        return Problem("No sandbox", answer.status_code, detail)


def _near_miss(nearest: dict[str, Any]) -> str:
    if "differs" in nearest:
        return f"  near miss: request {nearest['exchange']}, but {' and '.join(nearest['differs'])}"
    return "  there is " + ", ".join(f"{name} {value}" for name, value in nearest.items())
