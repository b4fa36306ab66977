"""Notifications and their faults, delivery attempts, and the retry policy (protocol.md 4.0)."""

from __future__ import annotations

import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from mockserver.durations import duration_text, short_duration
from mockserver.evidence import Fact
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


Form = Literal["json", "resultData", "percent-encoded"]
"""The encodings of a notification's body that published receivers accept (protocol.md 4.0)."""

FORMS: tuple[Form, ...] = get_args(Form)
_NOT_FOLLOWED = message("redirects are not followed: send the final address as notify_url")
_SHOWN_ANSWER = 40
_LOOKED_AT = 200


class NotificationFaults(NamedTuple):
    """The faults of the notification of one change of state. Durations are milliseconds.

    `copies` are sent one after the other, or at the same time if `concurrent`. With `after_next` it is sent only after
    the next notification of the same trade; with `before_answer` the answer to the request waits for its delivery.
    `fields` replace the real ones and are signed. `replay_after` resends the oldest notification of the trade. For
    `ahead_of_query`, queries return the previous state. `silent` means that there is none at all, not even a dropped
    one.
    """

    delay: int = 0
    copies: int = 1
    concurrent: bool = False
    after_next: bool = False
    before_answer: bool = False
    dropped: bool = False
    wrong_signature: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    replay_after: int | None = None
    form: Form = "json"
    ahead_of_query: int = 0
    silent: bool = False


ACKNOWLEDGEMENT = b"ok"
"""The answer with which a merchant acknowledges a notification."""

_FORGERIES = frozenset(
    {"wrong signature", "missing signature", "signature of another account", "true as signature", "not JSON"}
)
_TAMPERED = "tampered "
NotificationState = Literal["pending", "held", "dropped", "accepted", "given up", "refused"]
DELIVERY: Mapping[str, str] = MappingProxyType(
    {
        "accepted": message("acknowledged"),
        "given up": message("not acknowledged, no further try"),
        "held": message("notification held back"),
        "dropped": message("notification not sent"),
        "refused": message("notification not sent: the sandbox does not send to its address"),
    }
)
"""What became of the notification of an order, in words, by its state; the pending ones depend on their attempts."""

UNDER_WAY = message("notification under way")
_NEXT_AT_ONCE = message("not acknowledged, next try at once")
_NEXT_LATER = message("not acknowledged, next try in {time}")


class Notification(NamedTuple):
    """One notification of a change of state.

    `timeline` is the trade or payout, `notified_state` the state in the notification, `body` the signed bytes. The
    state `held` means that it waits for the next notification of the same trade, `dropped` that a scenario does not
    send it, `refused` that the sandbox does not send to this address. A `concurrent` one does not wait for others.
    `defect` names what the merchant should notice, such as `wrong signature`; it is usually empty. One that is sent
    `once` is not repeated.
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
    defect: str = ""
    once: bool = False

    @property
    def is_forged(self) -> bool:
        """Whether its signature does not match its content. Unsigned fields beside the data are none of that."""
        return self.defect in _FORGERIES or self.defect.startswith(_TAMPERED)


class Attempt(NamedTuple):
    """One attempt to deliver a notification.

    `status` and `answer` are those of the merchant's HTTP answer; `error` says why there was none, or where it
    redirects to or how it was compressed. `duration` is in milliseconds.
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
        return self.status is not None and self.status // 100 == 2  # noqa: PLR2004 - the class of success

    @property
    def accepted(self) -> bool:
        """Whether the answer is a 2xx whose trimmed body is `ok`, not compressed."""
        return self.answered_2xx and self.answer.strip() == ACKNOWLEDGEMENT and not self.error


def next_attempt(attempts: Sequence[Attempt], retry_plan: Sequence[int], now: int) -> int | None:
    """The instant of the next attempt, or None if there is none.

    `retry_plan` has milliseconds after the first attempt. If an instant passed while the last attempt waited for its
    answer, the next attempt is due at once.
    """
    if not attempts:
        return now
    if attempts[-1].accepted or len(attempts) > len(retry_plan):
        return None
    return max(now, attempts[0].at + retry_plan[len(attempts) - 1])


class DeliveryOutcome(NamedTuple):
    """What became of the last notification of an order: its state, its attempts, and when the next one is due.

    `next_attempt_at` is None if there is none, and before the first one.
    """

    state: NotificationState
    attempts: int
    next_attempt_at: int | None

    @classmethod
    def of(
        cls, last: Notification, attempts: Sequence[Attempt], retry_plan: Sequence[int], now: int
    ) -> DeliveryOutcome:
        """What became of a notification until an instant."""
        is_pending = last.state == "pending" and bool(attempts)
        return cls(last.state, len(attempts), next_attempt(attempts, retry_plan, now) if is_pending else None)

    @property
    def is_bad(self) -> bool:
        """Whether the shop was reached for, and has not acknowledged it."""
        return self.state != "accepted" and self.attempts > 0

    def in_words(self, now: int, say: Callable[..., str] = str.format) -> str:
        """What became of it, as the pages and the terminal show it; `say` translates a text with its values."""
        if self.state != "pending":
            return say(DELIVERY[self.state])
        if not self.attempts:
            return say(UNDER_WAY)
        if self.next_attempt_at is None or self.next_attempt_at <= now:
            return say(_NEXT_AT_ONCE)
        return say(_NEXT_LATER, time=short_duration(self.next_attempt_at - now))


def describe(attempt: Attempt, defect: str = "") -> str:
    """The result of an attempt, in words; `defect` is that of its notification."""
    if attempt.accepted:
        return message("accepted in spite of its {defect}").format(defect=defect) if defect else message("accepted")
    if attempt.status is None:
        return message("not delivered: {remark}").format(remark=attempt.error)
    if attempt.answered_2xx:
        template = message("not accepted: answered {status} with {answer} instead of ok")
        if attempt.error:
            template = message("not accepted: answered {status} with {answer}, {remark}, instead of ok")
        shown = template.format(status=attempt.status, answer=_shown(attempt.answer), remark=attempt.error)
        return shown + _difference(attempt)
    if not attempt.error:
        return message("not accepted: answered HTTP {status}").format(status=attempt.status)
    said = message("not accepted: answered HTTP {status}, {remark}").format(status=attempt.status, remark=attempt.error)
    return f"{said}; {_NOT_FOLLOWED}" if "redirects" in attempt.error else said


def next_try(at: int | None, now: int) -> str:
    """When the next attempt comes after one at `now`, in words; `at` is None if none follows."""
    if at is None:
        return message("no further try: the retry plan has ended")
    if at <= now:
        return message("next try at once")
    minutes, second = divmod(at // 1000, 60)
    clock = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}:{second:02d} UTC"
    return message("next try at {clock}, in {duration}").format(
        clock=clock, duration=duration_text(-((now - at) // 1000) * 1000)
    )


def _shown(answer: bytes) -> str:
    text = answer[:_SHOWN_ANSWER].decode("utf-8", "replace").strip(" \t\r\n\v\f")
    named = "".join(f"[{_name(letter)}]" if _is_invisible(letter) else letter for letter in text)
    return repr(named + ("…" if len(answer) > _SHOWN_ANSWER else "")) if text else message("nothing")


def _is_invisible(letter: str) -> bool:
    """Whether a letter looks like nothing or like a plain space; control characters are shown as escapes."""
    return not letter.isascii() and (letter.isspace() or unicodedata.category(letter) in {"Cf", "Zs", "Zl", "Zp"})


def _name(letter: str) -> str:
    return "byte order mark" if letter == "\ufeff" else unicodedata.name(letter, f"U+{ord(letter):04X}").lower()


def _difference(attempt: Attempt) -> str:
    """What is wrong with an answer that means to be `ok`, after a semicolon; empty if it is something else."""
    text = attempt.answer[:_LOOKED_AT].decode("utf-8", "replace").strip(" \t\r\n\v\f")
    plain = "".join(letter for letter in text if letter.isprintable() and not _is_invisible(letter))
    known = {
        message("answer without compression"): bool(attempt.error),
        message("remove the invisible characters"): plain == "ok" != text,
        message("write it in lower case"): plain != "ok" and plain.casefold() == "ok",
        message("write it without quotes"): plain.casefold() != "ok" and plain.strip("\"'`").casefold() == "ok",
        message("an HTML page or a warning came with it"): plain.startswith("<"),
        message("answer with the plain text, not with JSON"): plain.startswith(("{", "[")),
    }
    found = next((cure for cure, holds in known.items() if holds), "")
    return f"; {found}" if found else ""


EVIDENCE = (
    Fact(
        "acknowledgement",
        "A 2xx answer whose trimmed body is `ok` acknowledges a notification.",
        "client",
        "4.0, C1, C3, C4",
    ),
    Fact(
        "retry plan",
        "Without acknowledgement it is resent 15 s, 30 s, 1 min, 5 min, 30 min, 1 h, 2 h, 6 h and 15 h"
        " after the first attempt, with a timeout of 10 s each.",
        "assumed",
        "4.0 UNSEEN: periodically, by a certain strategy",
    ),
)
