"""What happens in a check, step by step, and what the shop should believe afterwards."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - fields of a NamedTuple have them
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from mockserver.examine.sandbox import Order
    from mockserver.examine.shop import StateKind

Verdict = Literal["passed", "lost money", "lost an order", "unsafe habit", "not graded"]
Fields = dict[str, str]
HELD_ANSWER = "notified-before-answer"
"""The scenario in which the shop waits for the gateway's answer until it has answered the notification."""


def no_fields(_order: Order) -> Fields:
    return {}


class Move(NamedTuple):
    """The payment changes its state at the gateway; the shop is not notified by this alone."""

    state: str
    forced: bool = False


class GiveBack(NamedTuple):
    """The gateway pays back a part of the amount; the shop is not notified. `rest` is what a third leaves."""

    part: Literal["third", "rest", "half", "other half", "whole"]
    state: str = "refunded"


class Send(NamedTuple):
    """A notification to the shop, of the present state unless `fields` say otherwise.

    A `genuine` one expects `ok`, and is repeated like the gateway does until it gets it. A forged one must not change
    anything. `to` is the address: the notify_url, or the redirect_url that a browser posts to.
    """

    genuine: bool = True
    fields: Callable[[Order], Fields] = no_fields
    tampered: Callable[[Order], Fields] = no_fields
    about: Literal["payment", "refund"] = "payment"
    defect: str = ""
    form: str = "json"
    reordered: bool = False
    body: str | None = None
    copies: int = 1
    repeated: bool = True
    to: Literal["notify", "return"] = "notify"
    needs_ok: bool = True


class Repeat(NamedTuple):
    """The newest notification is sent again, with the same bytes."""

    times: int = 1


class RepeatRefused(NamedTuple):
    """The gateway repeats what the shop has not acknowledged."""


class Browse(NamedTuple):
    """A browser opens an address of the shop, without any signed content; `fields` are in the query."""

    to: Literal["notify", "return"]
    fields: Callable[[Order], Fields] = no_fields


class Expect(NamedTuple):
    """What the shop may believe now. Anything else is `wrong`, and costs what `verdict` says.

    `most` is the largest number of side effects, such as shipments. With `lasting`, the state must still be one of
    these after the time that the shop takes for its own work. `of_unknown` asks for an order that does not
    exist. One that `needs_refunds` is not graded if the shop does not follow refunds at all.
    """

    kinds: frozenset[StateKind]
    wrong: str
    verdict: Verdict
    most: int | None = None
    lasting: bool = True
    of_unknown: bool = False
    needs_refunds: bool = False


Step = Move | GiveBack | Send | Repeat | RepeatRefused | Browse | Expect


class Check(NamedTuple):
    """One thing that a correct shop withstands.

    `sent` says what happens, `right` what a correct shop does, `costs` what another one loses, `source` where that is
    documented or which published client shows it (sections of protocol.md). `cure` names the lines that mend it.
    `scenario` is played when the shop creates the order.
    """

    name: str
    group: str
    title: str
    sent: str
    right: str
    costs: str
    source: str
    cure: str
    steps: tuple[Step, ...] = ()
    scenario: str = ""
