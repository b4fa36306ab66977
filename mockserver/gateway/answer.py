"""The results of the gateway: an answer, or a refused signature that is still to be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.domain.timeline import Exchange, JournalEntry
    from mockserver.gateway.context import RequestContext
    from mockserver.gateway.diagnosis import Diagnosis
    from mockserver.gateway.method import Export
    from mockserver.scenarios.faults import Reply
    from mockserver.store.contract import Store

    DiagnoseSignature = Callable[[bytes, str | None, Mapping[str, str], Callable[[str], str]], Diagnosis]
    """`mockserver.gateway.diagnosis.diagnose_signature`, or what calls it in another process."""

UNRECORDED = 0
"""The number of an exchange that could not be stored."""

_MOST_VALUES = 30_000
_TOO_MANY = " ".join(
    (
        message("The signature was not explained, because the body has more than 30,000 values."),
        message("Sign a smaller body, or save this one and run yabandpay-mock explain with it."),
    )
)


class NotifiesFirst(NamedTuple):
    """The notifications that must be sent before the answer: those of a trade or payout with a number above `after`.

    It is a condition for `Waits`.
    """

    timeline: str
    after: int

    def check(self, store: Store, user: str) -> bool | None:
        """True once each notification was attempted, accepted or given up."""
        with store.read(user) as view:
            sent = [one for one in view.notifications(self.timeline) if one.number > self.after]
            done = bool(sent) and all(one.state != "pending" or view.attempts(one.number) for one in sent)
        return done or None

    def late(self, _store: Store, _user: str) -> Exception:
        return TimeoutError(f"no notification of {self.timeline} was sent in time")


class Answer(NamedTuple):
    """The envelope as bytes, and the entry in the journal.

    An `export` replaces the body, which is then empty. A `reply` has the response faults of a scenario; of these an
    export can only have a delay or a lost connection. With `notifies_first`, the answer is sent after those
    notifications. `http_status` is that of a refusal, or 0 for the one of all refusals.
    """

    body: bytes
    entry: JournalEntry
    export: Export | None = None
    reply: Reply | None = None
    notifies_first: NotifiesFirst | None = None
    http_status: int = 0

    @property
    def exchange(self) -> Exchange:
        """The exchange in the journal; its `entry` is enough where its contents are not needed."""
        return self.entry.masked()


class Unexplained:
    """A refused signature whose diagnosis, which may take long, is still missing.

    `owner` is the user whose journal gets it, `size` the number of bytes in memory. Only the body of the request is
    kept, and parsed again for the diagnosis, as the parsed envelope is many times larger.
    """

    def __init__(self, context: RequestContext, settle: Callable[..., Answer]) -> None:
        """`settle` stores the refusal, with a diagnosis or with a sentence why it has none."""
        context.envelope = {}
        self.owner = context.owner
        self.size = len(context.request.body) + len(context.string_to_sign)
        self._settle = settle
        self._body = context.request.body

    def explained(self, diagnose_signature: DiagnoseSignature | None = None) -> Answer:
        """Diagnose the refusal, in this thread unless another way is given, and store it."""
        if sum(map(self._body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
            return self.unexplained(_TOO_MANY)
        return self._settle(diagnose_signature=diagnose_signature)

    def unexplained(self, why: str) -> Answer:
        """Store the refusal with a sentence that says why it has no diagnosis."""
        return self._settle(why_not=why)
