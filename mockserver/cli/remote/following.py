"""Follows what happens in an account, without a call while nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.api.activity import Activity
from mockserver.testing.api import ApiRefusedError

if TYPE_CHECKING:
    from mockserver.cli.remote.connection import Remote

_TIMEOUT = 408


class Follower:
    """A place in the history of an account, from which on it is followed."""

    def __init__(self, remote: Remote, path: str | None = None) -> None:
        """Begin with the present; `path` is that of the account unless it is given."""
        self._remote = remote
        self._path = f"{remote.path if path is None else path}/activity"
        self._mark = remote.api.call("GET", self._path, Activity).mark

    def news(self, timeout: str = "60s") -> Activity:
        """Wait for what happens next; nothing if that takes longer than the timeout.

        Raises:
            ApiRefusedError: the account was deleted, or the sandbox is stopping.
            NotReadyError: the sandbox does not answer; the next call goes on where this one began.
        """
        query = {"mark": self._mark, "timeout": timeout}
        try:
            found = self._remote.api.call("GET", self._path, Activity, query=query)
        except ApiRefusedError as error:
            if error.problem.status != _TIMEOUT:
                raise
            return Activity(self._mark)
        self._mark = found.mark
        return found
