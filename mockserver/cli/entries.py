"""The entries of the server's log and of `listen`: a request, and an attempt to deliver a notification.

Each is a pair: the parts of the first line, and those that come below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.cli.lines import DIM, GREEN, RED, YELLOW, Part, beginning_of_entry, printable
from mockserver.domain.codes import INTERNAL_ERROR, REFUSAL_MESSAGES, SUCCESS
from mockserver.domain.payments.payment import UNSUCCESSFUL as PAYMENT_UNSUCCESSFUL
from mockserver.domain.refunds import UNSUCCESSFUL as REFUND_UNSUCCESSFUL
from mockserver.scenarios.scenario import DEFAULT_NAME
from mockserver.system.command import as_called

if TYPE_CHECKING:
    from collections.abc import Iterable

_GOOD = {"paid", "authorized", "refunded", "completed", "Success"}
_BAD = {*PAYMENT_UNSUCCESSFUL, *REFUND_UNSUCCESSFUL, "Failed", "Cancelled"}
Entry = tuple[list[Part], list[Part]]


class RequestFacts(NamedTuple):
    """What an entry shows of a request; `order` names its order, `page` is the address of its page."""

    at: int
    order: str
    method: str
    code: str
    scenario: str
    reason: str
    hints: Iterable[str]
    page: str


def request_entry(facts: RequestFacts) -> Entry:
    head = beginning_of_entry(facts.at, "request", facts.order)
    method, page = parts(facts.method.removeprefix("v3.")), Part(facts.page, DIM)
    if facts.code == SUCCESS:
        scenario = parts("" if facts.scenario == DEFAULT_NAME else facts.scenario, colour=DIM)
        hints = parts(*(f"hint: {hint}" for hint in facts.hints), colour=YELLOW)
        return [*head, Part("accepted", GREEN), *method, *scenario], [*hints, page] if hints else []
    # The reason says more than the general message of an internal error.
    is_vague = facts.code == INTERNAL_ERROR and facts.reason
    general = "" if is_vague else REFUSAL_MESSAGES.get(facts.code, "")
    reason = as_called(facts.reason)
    return [*head, Part(f"{facts.code} {general}".rstrip(), RED), *method], [*parts(reason), page]


def attempt_entry(at: int, order: str, state: str, result: str, addresses: Iterable[str]) -> Entry:
    """`result` says how the attempt went, in the words of `mockserver.domain.notifications.notification.describe`."""
    head, below = [*beginning_of_entry(at, "notified", order), *parts(state)], parts(*addresses, colour=DIM)
    if is_accepted(result):
        return [*head, *parts(result, colour=GREEN)], below
    return head, [*parts(result, colour=YELLOW), *below]


def colour_of(state: str) -> str:
    """The colour of a state of a payment, a refund, a payout or a split."""
    return GREEN if state in _GOOD else RED if state in _BAD else YELLOW


def colour_of_event(text: str) -> str:
    """The colour of a change of state on a timeline, such as `paid` or `refund 2024: refund failed`."""
    return colour_of(text.rpartition(": ")[2])


def is_accepted(result: str) -> bool:
    return result.startswith("accepted")


def parts(*texts: str, colour: str = "") -> list[Part]:
    """A part for each text that is not empty."""
    return [Part(printable(text), colour) for text in texts if text]
