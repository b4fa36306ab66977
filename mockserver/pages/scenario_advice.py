"""What each error or fault means for the payer, and what the shop has to do: the texts of the gallery's cards."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from mockserver.texts import message


class Advice(NamedTuple):
    """The advice on a scenario: what the payer sees, and what the shop has to do."""

    scenario: str
    payer: str
    shop: str


_ERROR_MESSAGE = message("A message from the shop that payment is not possible right now.")
_NOT_STARTED = message("A page that keeps loading, or a message that the payment could not be started.")
_SLOW = message("A page that loads for some seconds, then a normal payment.")
_PAID_UNCONFIRMED = message("The wallet shows the payment as successful. The shop may not know about it yet.")
_NORMAL = message("A normal payment.")
_CLOSED_BUT_CHARGED = message("The order is closed, but the wallet was charged.")
_NO_REFUND_YET = message("No refund until somebody takes care of it.")

_MAY_EXIST = message(
    "Assume that the order exists. Wait for its notification, and query its trade_id before you create another order."
)
_NOT_FROM_GATEWAY = message("Treat a response that is not from the gateway as no response: the order may exist.")
_RETRY_SAME_ORDER = message("Retry with the same order_id. No order was created.")
_COMPARE = message("Compare amount, currency and order_id with your order before you ship.")
_PROCESS_ONCE = message("Lock the order, and process each state only once. Respond with ok to both notifications.")
_NEVER_GO_BACK = message("Ignore a notification with a state that is older than the one you know.")
_ACCEPT_OR_REFUND = message("Accept the payment, or refund it at once. Never ignore it.")
_WAIT_LONGER = message(
    "Use a timeout that is longer than the gateway takes. Never create a second order because the first one is slow."
)
_RETRY_LATER = message("Wait as long as Retry-After says, and send fewer requests.")
_THREE_FORMATS = message(
    "Accept a notification in all three formats: JSON, a form with the field resultData, and percent-encoded JSON."
)
_WATCH_REFUNDS = message("Monitor the state of refunds. Retry a failed refund, and contact support about an error.")

SCENARIO_ADVICE = (
    Advice("signature-error", _ERROR_MESSAGE, message("Compare your string to sign with the one that the sandbox shows, then check the secret key. Do not retry without a change.")),
    Advice("missing-field", _ERROR_MESSAGE, message("Send a value for every required field. The sandbox names the missing one.")),
    Advice("unsupported-method", message("This wallet is not available. The shop offers another one."), message("Offer only wallets that are activated for the account, with the documented spelling.")),
    Advice("internal-error", _ERROR_MESSAGE, message("Read the message. If it names a value, correct it. Otherwise retry later with the same order_id.")),
    Advice("declined", message("The wallet declines the payment. The shop offers another payment method."), message("Keep the order unpaid and let the payer try again. A declined trade is final, so create a new one.")),
    Advice("failed", message("The payment fails. The shop offers another attempt."), message("Keep the order unpaid and let the payer try again. A failed trade is final, so create a new one.")),
    Advice("cancelled", message("The shop again, with the order still unpaid."), message("Keep the order unpaid. Create a new trade if the payer comes back to it.")),
    Advice("expired", message("The time to pay is over."), message("Close the order, or create a new trade if the payer comes back.")),
    Advice("review", message("The payment was received and is under review."), message("Do not ship in the state verify. Wait for paid or declined.")),
    Advice("late-payment", message("The wallet waits for a confirmation."), message("Keep the order open until its timeout is over, and show it as pending.")),
    Advice("paid-after-close", _CLOSED_BUT_CHARGED, _ACCEPT_OR_REFUND),
    Advice("paid-after-cancel", _CLOSED_BUT_CHARGED, _ACCEPT_OR_REFUND),
    Advice("slow-answer", _SLOW, _WAIT_LONGER),
    Advice("erratic-answer", _SLOW, _WAIT_LONGER),
    Advice("dribbled-answer", _SLOW, _WAIT_LONGER),
    Advice("reset-nothing-created", _NOT_STARTED, _RETRY_SAME_ORDER),
    Advice("reset-but-created", _NOT_STARTED, _MAY_EXIST),
    Advice("answer-lost", _NOT_STARTED, _MAY_EXIST),
    Advice("never-answered", _NOT_STARTED, _MAY_EXIST),
    Advice("answered-but-forgotten", _NOT_STARTED, message("If the gateway does not know the trade_id, retry with the same order_id.")),
    Advice("empty-answer", _NOT_STARTED, _NOT_FROM_GATEWAY),
    Advice("truncated-answer", _NOT_STARTED, _NOT_FROM_GATEWAY),
    Advice("garbled-answer", _NOT_STARTED, _NOT_FROM_GATEWAY),
    Advice("bad-gateway", _NOT_STARTED, _NOT_FROM_GATEWAY),
    Advice("server-error", _NOT_STARTED, _RETRY_SAME_ORDER),
    Advice("unavailable", _NOT_STARTED, _RETRY_LATER),
    Advice("too-many-requests", _NOT_STARTED, _RETRY_LATER),
    Advice("third-time-lucky", _SLOW, message("Retry a few times with growing pauses, always with the same order_id.")),
    Advice("never-notified", _PAID_UNCONFIRMED, message("Query open orders regularly. Notifications are not guaranteed.")),
    Advice("notified-late", _PAID_UNCONFIRMED, message("Show the order as pending, and query it before you cancel it.")),
    Advice("notified-twice", _NORMAL, _PROCESS_ONCE),
    Advice("notified-twice-at-once", _NORMAL, _PROCESS_ONCE),
    Advice("notified-out-of-order", _NORMAL, _NEVER_GO_BACK),
    Advice("old-notification-replayed", _NORMAL, _NEVER_GO_BACK),
    Advice("notified-before-answer", _NORMAL, message("Store the order before you send the request, so that a notification finds it.")),
    Advice("notified-before-query-knows", _NORMAL, message("Trust a notification with a valid signature. A query may lag behind for a moment.")),
    Advice("notified-with-wrong-signature", _PAID_UNCONFIRMED, message("Respond with bad, change nothing, and query the order.")),
    Advice("notified-wrong-amount", _PAID_UNCONFIRMED, _COMPARE),
    Advice("notified-wrong-currency", _PAID_UNCONFIRMED, _COMPARE),
    Advice("notified-wrong-order", _PAID_UNCONFIRMED, _COMPARE),
    Advice("notified-wrong-state", message("The wallet declined the payment."), message("Query the order before you ship something valuable. A notification can be wrong.")),
    Advice("notified-by-form", _NORMAL, _THREE_FORMATS),
    Advice("notified-percent-encoded", _NORMAL, _THREE_FORMATS),
    Advice("refund-before-payment", message("A refund in the wallet."), message("Accept the notification of a refund even if the order is not paid yet. A later notification with the state paid must not undo it.")),
    Advice("refund-failed", _NO_REFUND_YET, _WATCH_REFUNDS),
    Advice("refund-error", _NO_REFUND_YET, _WATCH_REFUNDS),
)  # fmt: skip
ADVICE_BY_SCENARIO = MappingProxyType({advice.scenario: advice for advice in SCENARIO_ADVICE})
