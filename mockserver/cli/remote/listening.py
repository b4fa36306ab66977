"""The command listen: requests, states and notifications as they happen."""

from __future__ import annotations

import select
import signal
import sys
from fnmatch import fnmatchcase
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from mockserver.api.activity import Activity, ActivityRecord
from mockserver.cli.entries import is_accepted
from mockserver.cli.lines import GREEN, YELLOW, Part
from mockserver.cli.options import SettingType
from mockserver.cli.remote.connection import remote_command, say, web_address
from mockserver.cli.remote.following import Follower, entry_of
from mockserver.cli.remote.forwarding import Forwarder
from mockserver.domain.codes import SUCCESS
from mockserver.server.readiness import NotReadyError
from mockserver.system.stopping import next_of
from mockserver.testing.api import ApiRefusedError

if TYPE_CHECKING:
    from mockserver.cli.remote.connection import Remote

_PAUSE = 0.5  # seconds between two tries to reach a sandbox that has stopped
_STOPPING = 503
_KINDS = {"request": "request", "state": "state", "notification": "notification", "attempt": "notification",
          "clock": "clock"}  # fmt: skip


class Outage(NamedTuple):
    """The sandbox stopped, or is there again."""

    has_ended: bool


class End(NamedTuple):
    """Nothing more comes, because of an error or because nobody reads."""

    error: Exception | None = None


News = Activity | Outage | End


@remote_command(
    click.option("--kind", "kinds", multiple=True, type=click.Choice(list(dict.fromkeys(_KINDS.values()))),
                 help="Only this kind. Can be repeated."),
    click.option("--order-id", "pattern", default="*", metavar="PATTERN",
                 help="Only orders whose order_id matches; * matches any text."),
    click.option("--refused", is_flag=True, help="Only refused requests and notifications that were not accepted."),
    click.option("--forward-to", "target", type=SettingType(web_address), metavar="URL",
                 help="Send a copy of each notification there, and print what is answered."),
)  # fmt: skip
def listen(remote: Remote, kinds: tuple[str, ...], pattern: str, *, refused: bool, target: str | None) -> None:
    """Print what happens, live.

    These are the requests, states and notifications of the account, until Ctrl-C. With --json, each is a JSON
    document on a line. When the sandbox restarts, the command goes on with what has happened since.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listener = _Listener(remote, _Filter(frozenset(kinds), pattern, refused=refused), target)
    try:
        listener.run()
    except KeyboardInterrupt:
        sys.exit(0)


class _Filter(NamedTuple):
    kinds: frozenset[str]
    pattern: str
    refused: bool

    def passes(self, item: ActivityRecord) -> bool:
        if self.refused and not _is_bad(item):
            return False
        return (not self.kinds or _KINDS[item.kind] in self.kinds) and fnmatchcase(item.order_id, self.pattern)


def _is_bad(item: ActivityRecord) -> bool:
    if item.kind == "request":
        return item.code != SUCCESS
    return item.kind == "attempt" and not is_accepted(item.text)


class _Listener:
    """Prints what its threads hear: one follows the account, one the requests of unknown users."""

    def __init__(self, remote: Remote, chosen: _Filter, target: str | None) -> None:
        self._remote = remote
        self._chosen = chosen
        self._forwarder = None if target is None else Forwarder(remote, target)
        self._news: SimpleQueue[News] = SimpleQueue()

    def run(self) -> None:
        remote = self._remote
        followers = [Follower(remote), Follower(remote, "")]
        for is_first, follower in zip((True, False), followers, strict=True):
            Thread(target=self._follow, args=(follower,), kwargs={"is_first": is_first}, daemon=True).start()
        Thread(target=self._watch_reader, daemon=True).start()
        copies = f" Notifications are copied to {self._forwarder.target}." if self._forwarder else ""
        self._note(f"Listening to account {remote.user} at {remote.url}.{copies} Press Ctrl-C to stop.")
        while not isinstance(news := next_of(self._news), End):
            if isinstance(news, Outage):
                self._note("The sandbox is there again." if news.has_ended else
                           f"The sandbox at {remote.url} has stopped. Waiting until it is there again.")  # fmt: skip
            elif not self._print_all(news):
                return
        if news.error is not None:
            raise news.error

    def _follow(self, follower: Follower, *, is_first: bool) -> None:
        is_out = False
        while True:
            try:
                news = follower.news()
            except (NotReadyError, ApiRefusedError) as error:
                if isinstance(error, ApiRefusedError) and error.problem.status != _STOPPING:
                    self._news.put(End(error))
                    return
                if not is_out and is_first:
                    self._news.put(Outage(has_ended=False))
                is_out = True
                Event().wait(_PAUSE)
                continue
            if is_out and is_first:
                self._news.put(Outage(has_ended=True))
            is_out = False
            self._news.put(news)

    def _watch_reader(self) -> None:
        """End when nobody reads standard output any more, even while nothing is written."""
        if sys.platform != "win32":  # which only tells it to those who write
            try:
                output = sys.stdout.fileno()
            except (OSError, ValueError):
                return
            poll = select.poll()
            poll.register(output, 0)  # errors are always reported
            if any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll()):
                self._news.put(End())

    def _print_all(self, news: Activity) -> bool:
        """Print what is chosen; False if nobody reads it."""
        if news.missed:
            self._note(f"{news.missed} requests or events are missing here, as they are no longer kept.")
        try:
            for item in news.items:
                if self._chosen.passes(item):
                    self._print(item)
        except OSError:  # on Windows, it is no BrokenPipeError
            sys.stdout = None  # or Python complains that it cannot flush it
            return False
        return True

    def _print(self, item: ActivityRecord) -> None:
        forwarded = None
        if self._forwarder is not None and item.kind == "attempt":
            forwarded = self._forwarder.forward(item)
        if self._remote.as_json:
            copy = {} if forwarded is None else {"forwarded": forwarded}
            click.echo(msgspec.json.encode({**msgspec.to_builtins(item), **copy}).decode())
            return
        head, below = entry_of(item, self._remote.url)
        if forwarded is not None:
            below.append(Part(f"copy to {forwarded.url}: {forwarded.result}", GREEN if forwarded.accepted else YELLOW))
        if head:
            click.echo("\n".join(self._remote.entry(head, below)), color=True)

    @staticmethod
    def _note(text: str) -> None:
        say(text)
