"""Follows what happens in an account, without a call while nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.api.activity import Activity
from mockserver.cli.entries import RequestFacts, attempt_entry, colour_of_event, parts, request_entry
from mockserver.cli.lines import beginning_of_entry, instant_in
from mockserver.testing.api import ApiRefusedError

if TYPE_CHECKING:
    from mockserver.api.activity import ActivityRecord
    from mockserver.cli.entries import Entry
    from mockserver.cli.remote.connection import Remote

_TIMEOUT = 408
_SHORT = 8


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


def entry_of(item: ActivityRecord, url: str) -> Entry:
    """What to print; `url` is the address of the sandbox.

    There is nothing to print for a notification that was only scheduled, as its sending follows.
    """
    at, order = instant_in(item.at), item.order_id or ("" if item.kind == "clock" else item.timeline[:_SHORT])
    if item.kind == "request":
        return request_entry(RequestFacts(
            at, order, item.method, item.code, item.scenario, item.text, item.hints, f"{url}{item.page}"
        ))  # fmt: skip
    if item.kind == "attempt":
        return attempt_entry(at, order, item.state, item.text, [item.url])
    if item.kind == "notification":
        head = [*beginning_of_entry(at, "notify", order), *parts(item.text)]
        return ([], []) if item.text == item.state else (head, [])
    colour = colour_of_event(item.text) if item.kind == "state" else ""
    return [*beginning_of_entry(at, item.kind, order), *parts(item.text, colour=colour)], []
