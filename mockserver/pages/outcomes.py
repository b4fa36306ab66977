"""What can be picked on the payer's page, and how the page speaks of what came of it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.payments.payer import success_of
from mockserver.domain.payments.payment import PAYMENT_STATES, UNPAID, Payment, State
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.notifications.notification import NotificationState
    from mockserver.domain.payments.payer import PaymentProblem


class Outcome(NamedTuple):
    """One thing that a payer, or the payer's bank, can do: the state that it leads to, the button's text, its mood."""

    state: State
    label: str
    mood: str


_OUTCOMES = (
    Outcome("paid", message("Pay"), "good"),
    Outcome("authorized", message("Authorise"), "good"),
    Outcome("verify", message("Hold for review"), "warn"),
    Outcome("declined", message("Decline"), "bad"),
    Outcome("failed", message("Fail"), "bad"),
    Outcome("expired", message("Let it expire"), "bad"),
    Outcome("cancelled", message("Cancel the payment"), "bad"),
)


def outcomes(payment: Payment) -> list[Outcome]:
    """What can be picked for a payment."""
    if payment.state not in UNPAID:
        return []
    legal = PAYMENT_STATES.after("processing") - ({"paid", "verify"} if payment.authorizes else {"authorized"})
    return [outcome for outcome in _OUTCOMES if outcome.state in legal]


class TroubleText(NamedTuple):
    """A way of being paid that merchants fear: the button's text, and what happens."""

    label: str
    about: str


TROUBLE_TEXTS: Mapping[PaymentProblem, TroubleText] = MappingProxyType(
    {
        "late": TroubleText(
            message("Pay too late"),
            message("The order expires now; the money arrives {seconds} seconds later all the same."),
        ),
        "cancelled": TroubleText(
            message("Pay after cancelling"),
            message("The order is cancelled now; the money arrives {seconds} seconds later all the same."),
        ),
        "lost": TroubleText(message("Lose the notification"), message("It is paid, but the shop is never told.")),
        "twice": TroubleText(message("Notify twice"), message("It is paid, and the shop is told two times.")),
        "forged": TroubleText(
            message("Sign wrongly"), message("It is paid, and the shop is told with a signature that does not verify.")
        ),
    }
)


class Ending(NamedTuple):
    """How the page speaks of a state in which nothing is left to pay: its mood, a heading, a sentence."""

    mood: str
    heading: str
    sentence: str


_ENDINGS: Mapping[State, Ending] = MappingProxyType(
    {
        "paid": Ending("good", message("Paid"), message("Thank you. The payment has been made.")),
        "authorized": Ending(
            "good", message("Authorised"), message("The amount is reserved; the shop takes it later.")
        ),
        "verify": Ending("warn", message("Under review"), message("The payment is being checked before it counts.")),
        "declined": Ending("bad", message("Declined"), message("The payment was declined. Nothing was charged.")),
        "failed": Ending("bad", message("Failed"), message("Something went wrong. Nothing was charged.")),
        "expired": Ending("bad", message("Expired"), message("The time to pay is over. Nothing was charged.")),
        "cancelled": Ending("bad", message("Cancelled"), message("The payment was cancelled. Nothing was charged.")),
    }
)
_KEPT = Ending("good", message("Card saved"), message("The card can be used for later payments. Nothing was charged."))


def ending_of(payment: Payment) -> Ending | None:
    """How the page speaks of a payment in which nothing is left to pay; None while there is."""
    if payment.amount == 0 and payment.state == success_of(payment):
        return _KEPT
    return _ENDINGS.get(payment.state)


TOLD: Mapping[NotificationState, str] = MappingProxyType(
    {
        "pending": message("on its way"),
        "held": message("held back"),
        "dropped": message("lost on purpose"),
        "accepted": message("accepted by the shop"),
        "given up": message("given up"),
        "refused": message("not sent: the sandbox does not write to this address"),
    }
)
"""What became of a notification, in the payer's page's words."""
