"""When a notification is sent again: a pure decision over what has been tried (protocol.md 4.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.domain.notifications.faults import Form  # noqa: TC001 - bundles read it from the annotations
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Sequence


ACKNOWLEDGEMENT = b"ok"
"""What a merchant answers to say that it has taken a notification."""

NotificationState = Literal["pending", "held", "dropped", "accepted", "given up", "refused"]


class Notification(NamedTuple):
    """One notification of an account: a change of state told to the merchant.

    `timeline` is the trade or payout that it is about, `told` the state that it tells, `body` holds the signed bytes.
    `held` means that it waits for the next one about the same trade, `dropped` that a scenario has it lost, `refused`
    that the sandbox will not send to this address. A `concurrent` one does not wait for its turn behind others.
    """

    number: int
    timeline: str
    type: str
    notified_state: str
    created_at: int
    url: str
    body: bytes
    state: NotificationState
    form: Form = "json"
    concurrent: bool = False


class Attempt(NamedTuple):
    """One try to deliver a notification: when, where to, what was sent, and what came of it.

    `status` and `answer` are those of the merchant's HTTP answer; `error` says why there was none.
    `duration` is in milliseconds.
    """

    notification: int
    number: int
    at: int
    url: str
    sent: bytes
    status: int | None
    answer: bytes
    error: str
    duration: int

    @property
    def answered_2xx(self) -> bool:
        """The merchant answered with an HTTP status of success."""
        return self.status is not None and self.status // 100 == 2  # noqa: PLR2004 - the class of success

    @property
    def accepted(self) -> bool:
        """A 2xx answer whose trimmed body is `ok` accepts the notification."""
        return self.answered_2xx and self.answer.strip() == ACKNOWLEDGEMENT


def next_attempt(attempts: Sequence[Attempt], retry_plan: Sequence[int], now: int) -> int | None:
    """The instant of the next attempt, or None when there is to be none.

    `retry_plan` holds milliseconds after the first attempt. An instant that passed while the last
    attempt was waiting for its answer is kept by trying at once.
    """
    if not attempts:
        return now
    if attempts[-1].accepted or len(attempts) > len(retry_plan):
        return None
    return max(now, attempts[0].at + retry_plan[len(attempts) - 1])


EVIDENCE = (
    Fact(
        "acknowledgement",
        "A 2xx answer whose trimmed body is `ok` accepts a notification.",
        "client",
        "4.0, C1, C3, C4",
    ),
    Fact(
        "retry plan",
        "Without acknowledgement it is sent again: 15 s, 30 s, 1 min, 5 min, 30 min, 1 h, 2 h, 6 h, 15 h"
        " after the first try, 10 s time-out each.",
        "assumed",
        "4.0 UNSEEN: periodically, by a certain strategy",
    ),
)
