"""The stops of the error tour: what each error or fault means for the shopper, and what the merchant must do."""

from __future__ import annotations

from typing import NamedTuple

from mockserver.texts import message


class Stop(NamedTuple):
    """One stop: the scenario that is played, what the shopper sees, and what the merchant must do."""

    scenario: str
    shopper: str
    merchant: str


_MESSAGE_ONLY = message(
    "The shop's own sentence that paying is not possible right now; the gateway's message if the shop shows it."
)
_NOTHING_YET = message("A page that keeps loading, or the shop's sentence that the payment could not be started.")
_LATER = message("A page that keeps loading for some seconds, and then the payment as usual.")
_PAID = message("That the wallet has taken the money, and a shop that may not know it yet.")
_PAYS = message("A payment as usual.")

_MAY_EXIST = message(
    "Assume that the order exists. Wait for its notification and query its trade_id before you create another."
)
_NOT_THE_GATEWAYS = message("Treat an answer that is not the gateway's like no answer at all: the order may exist.")
_REPEAT = message("Repeat the same order_id; nothing was created.")
_COMPARE = message("Compare amount, currency and order_id with your order before you ship.")
_ONLY_ONCE = message("Lock the order, and let only the first notification of a state change it; answer ok to both.")
_NEVER_BACK = message("Never go back: ignore what is older than what you know.")
_TAKE_OR_REFUND = message("Take the payment all the same, or refund it at once; never ignore it.")
_PATIENCE = message("Wait longer than the gateway takes, and never create a second order because the first is slow.")
_THREE_FORMS = message(
    "Read the raw body in all three forms: JSON, the form's field resultData, and percent-encoded JSON."
)
_WATCH_REFUNDS = message("Watch the states of refunds; try a failed one again, and ask support about an error.")

STOPS = (
    Stop("signature-error", _MESSAGE_ONLY, message("Compare the string that you signed with the sandbox's, then check the secret key. Never retry without a change.")),
    Stop("missing-field", _MESSAGE_ONLY, message("Send every required field with a value; the sandbox names the one that is missing.")),
    Stop("unsupported-method", message("That this wallet cannot be used here; another one may be picked."), message("Offer only wallets that are activated for the account, spelt as documented.")),
    Stop("internal-error", _MESSAGE_ONLY, message("Read the message. If it names a value, mend it; if not, try again later with the same order_id.")),
    Stop("declined", message("The wallet says no, and the shop offers to pay in another way."), message("Keep the order unpaid, and let the shopper try again; a declined trade is final.")),
    Stop("failed", message("That the payment did not work, and the shop offers another try."), message("Keep the order unpaid, and let the shopper try again; a failed trade is final.")),
    Stop("cancelled", message("The shop again, with the order still unpaid."), message("Keep the order unpaid; make a new trade if the shopper changes their mind.")),
    Stop("expired", message("That the time to pay has passed."), message("Close the order, or make a new trade if the shopper comes back.")),
    Stop("review", message("That the payment was received and is being checked."), message("Do not ship on verify; wait for paid or declined.")),
    Stop("late-payment", message("A wallet that waits for a confirmation."), message("Keep the order open until its timeout has passed, and show it as pending.")),
    Stop("paid-after-close", message("That the order is closed, although the wallet has taken the money."), _TAKE_OR_REFUND),
    Stop("paid-after-cancel", message("That the order is closed, although the wallet has taken the money."), _TAKE_OR_REFUND),
    Stop("slow-answer", _LATER, _PATIENCE),
    Stop("erratic-answer", _LATER, _PATIENCE),
    Stop("dribbled-answer", _LATER, _PATIENCE),
    Stop("reset-nothing-created", _NOTHING_YET, _REPEAT),
    Stop("reset-but-created", _NOTHING_YET, _MAY_EXIST),
    Stop("answer-lost", _NOTHING_YET, _MAY_EXIST),
    Stop("never-answered", _NOTHING_YET, _MAY_EXIST),
    Stop("answered-but-forgotten", _NOTHING_YET, message("A trade_id that the gateway does not know is lost: repeat the same order_id.")),
    Stop("empty-answer", _NOTHING_YET, _NOT_THE_GATEWAYS),
    Stop("truncated-answer", _NOTHING_YET, _NOT_THE_GATEWAYS),
    Stop("garbled-answer", _NOTHING_YET, _NOT_THE_GATEWAYS),
    Stop("bad-gateway", _NOTHING_YET, _NOT_THE_GATEWAYS),
    Stop("server-error", _NOTHING_YET, _REPEAT),
    Stop("unavailable", _NOTHING_YET, message("Wait as long as Retry-After says, and ask less often.")),
    Stop("too-many-requests", _NOTHING_YET, message("Wait as long as Retry-After says, and ask less often.")),
    Stop("third-time-lucky", _LATER, message("Try a few times with growing pauses, always with the same order_id.")),
    Stop("never-notified", _PAID, message("Query open orders by yourself; notifications are not guaranteed.")),
    Stop("notified-late", _PAID, message("Show the order as pending, and query before you cancel it.")),
    Stop("notified-twice", _PAYS, _ONLY_ONCE),
    Stop("notified-twice-at-once", _PAYS, _ONLY_ONCE),
    Stop("notified-out-of-order", _PAYS, _NEVER_BACK),
    Stop("old-notification-replayed", _PAYS, _NEVER_BACK),
    Stop("notified-before-answer", _PAYS, message("Store the order before you ask the gateway, so that a notification finds it.")),
    Stop("notified-before-query-knows", _PAYS, message("Believe the notification that verifies; a query may be behind for a moment.")),
    Stop("notified-with-wrong-signature", _PAID, message("Answer bad, change nothing, and query the order.")),
    Stop("notified-wrong-amount", _PAID, _COMPARE),
    Stop("notified-wrong-currency", _PAID, _COMPARE),
    Stop("notified-wrong-order", _PAID, _COMPARE),
    Stop("notified-wrong-state", message("That the wallet refused the payment."), message("Query the order before you ship what is worth the trouble; a notification may be wrong.")),
    Stop("notified-by-form", _PAYS, _THREE_FORMS),
    Stop("notified-percent-encoded", _PAYS, _THREE_FORMS),
    Stop("refund-before-payment", message("A refund in the wallet."), message("Accept a refund's notification for an order that is not paid yet, and let the later paid not undo it.")),
    Stop("refund-failed", message("No money back, until somebody acts."), _WATCH_REFUNDS),
    Stop("refund-error", message("No money back, until somebody acts."), _WATCH_REFUNDS),
)  # fmt: skip
