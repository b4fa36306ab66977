"""The stops of the tour, in the order of its story: the texts of each slide, and its three lanes as a drawing."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

Lane = Literal["payer", "wire", "shop"]
LANES: Mapping[Lane, str] = MappingProxyType(
    {"payer": message("Payer"), "wire": message("Wire"), "shop": message("Shop")}
)


class DrawnStep(NamedTuple):
    """A step of a stop as it is drawn before the stop was played: who sees it, and what happens."""

    lane: Lane
    text: str


class Stop(NamedTuple):
    """A stop of the tour.

    `line` is for the list of stops. `story` says what happens and why it matters for money, `play` what the button
    does, `payer` what the payer sees, and `shop` what the shop has to do.
    """

    name: str
    title: str
    line: str
    story: str
    play: str
    payer: str
    shop: str
    drawing: tuple[DrawnStep, ...]


_REQUEST = DrawnStep("wire", message("The shop sends v3.CreatePayments, signed."))
_ADDRESS = DrawnStep("wire", message("The gateway answers with the address of the payment page."))
_PAYS = DrawnStep("payer", message("The payer pays."))
_PAID = DrawnStep("wire", message("Notification: paid"))
_SHIPS = DrawnStep("shop", message("Verifies the notification, ships and responds with ok."))
_IS_PAID = message("The payment page, and then the confirmation of the payment.")

STOPS = (
    Stop(
        "payment", message("A payment"),
        message("A signed request, a payment page, a signed notification: how money arrives."),
        message("The shop sends a signed request and gets the address of a payment page. The payer pays there. A signed notification then reports the state paid: from now on the money is certain, and the shop can ship."),
        message("Play sends a request for EUR 24.99, and moves the tour's clock forward by the pay delay of the sandbox."),
        _IS_PAID,
        message("Verify the signature, the amount and the order_id of the notification. Then ship, and respond with ok."),
        (_REQUEST, _ADDRESS, _PAYS, _PAID, _SHIPS),
    ),
    Stop(
        "signature", message("A wrong signature"),
        message("The gateway rejects the request and does not say why. The sandbox does."),
        message("The gateway rejects a request whose signature does not match, and does not say why. The shop cannot sell anything until somebody finds the mistake. The sandbox finds it: here, slashes were escaped before the signing, as json_encode in PHP does."),
        message("Play signs a request with this mistake and sends it. Then it signs the same request correctly and sends it again."),
        message("A message from the shop that payment is not possible right now."),
        message("Compare your string to sign with the one that the sandbox shows, correct the code, and send the request again."),
        (
            DrawnStep("shop", message("Signs the addresses with escaped slashes.")), _REQUEST,
            DrawnStep("wire", message("The gateway answers -403.")),
            DrawnStep("shop", message("Reads the diagnosis and signs the values as they are.")),
            _REQUEST, _ADDRESS, _PAYS, _PAID, _SHIPS,
        ),
    ),
    Stop(
        "declined", message("A declined payment"),
        message("The wallet refuses, and the shop keeps the sale if it offers a second attempt."),
        message("Not enough money, a limit, a blocked account: wallets decline payments every day. A declined trade is final. A shop that offers no second attempt loses the sale."),
        message("Play sends a request, and moves the tour's clock forward by two seconds, when the wallet declines."),
        message("The wallet declines the payment. The shop offers another payment method."),
        message("Keep the order unpaid and let the payer try again. A declined trade is final, so create a new one."),
        (
            _REQUEST, _ADDRESS, DrawnStep("payer", message("The wallet declines the payment.")),
            DrawnStep("wire", message("Notification: declined")),
            DrawnStep("shop", message("Keeps the order unpaid and responds with ok.")),
        ),
    ),
    Stop(
        "expired", message("An expired order"),
        message("Nobody pays, and the order ends with its timeout."),
        message("A payer who closes the page never says so. The order stays open until its timeout, here 15 minutes, and the shop reserves the goods for so long. The state expired releases them."),
        message("Play creates an order with a timeout of 15 minutes, and moves the tour's clock forward by 15 minutes."),
        message("The time to pay is over."),
        message("Close the order, or create a new trade if the payer comes back."),
        (
            _REQUEST, _ADDRESS, DrawnStep("payer", message("The payer leaves without paying.")),
            DrawnStep("wire", message("Notification: expired")),
            DrawnStep("shop", message("Closes the order and responds with ok.")),
        ),
    ),
    Stop(
        "lost-answer", message("A lost answer"),
        message("The order exists, but the shop does not know it: a second one would be paid twice."),
        message("A cashier scans the barcode in the payer's wallet. The gateway creates the order, but the connection breaks before the answer arrives. A shop that sends the request again creates a second order, and the payer pays twice. A careful shop looks for the first one."),
        message("Play sends a request whose answer gets lost, and asks for the orders of the last minute. Then it moves the tour's clock forward until the order is paid, and queries it."),
        message("The wallet shows the payment as successful. The shop may not know about it yet."),
        message("Assume that the order exists. Look for its order_id in v3.ListOrderByTime before you create another order."),
        (
            DrawnStep("payer", message("The payer shows a barcode.")),
            DrawnStep("wire", message("The shop sends v3.BarcodePayment, signed.")),
            DrawnStep("wire", message("The connection closes without an answer.")),
            DrawnStep("shop", message("Creates no second order, and asks for the orders of the last minute.")),
            DrawnStep("wire", message("v3.ListOrderByTime lists the order with its trade_id.")),
            _PAYS, _PAID, _SHIPS,
        ),
    ),
    Stop(
        "doubled", message("The same notification twice"),
        message("One payment, two notifications, and only one parcel."),
        message("Networks repeat messages, and the gateway repeats a notification that gets no ok. A shop that takes each notification for a new payment ships twice and is paid once."),
        message("Play sends a request, and moves the tour's clock forward until the order is paid. The notification is sent twice."),
        message("A normal payment."),
        message("Lock the order, and process each state only once. Respond with ok to both notifications."),
        (
            _REQUEST, _ADDRESS, _PAYS, _PAID, _SHIPS, _PAID,
            DrawnStep("shop", message("Knows that the order is paid, does nothing and responds with ok.")),
        ),
    ),
    Stop(
        "forged", message("A forged notification"),
        message("It says paid, but it is not from the gateway."),
        message("The notify_url is no secret, so anybody can send a notification to it. This one says paid, but nobody has paid, and the signature is made with another key. A careless shop does not check it, and ships for free."),
        message("Play creates an order that nobody pays, and sends a notification with the state paid and a wrong signature to the shop. Then it queries the order."),
        message("The payment page. The payer has not paid."),
        message("Respond with bad, change nothing, and query the order."),
        (
            _REQUEST, _ADDRESS, DrawnStep("wire", message("Forged notification: paid, signed with another key")),
            DrawnStep("shop", message("Responds with bad and does not ship.")),
            DrawnStep("wire", message("v3.QueryOrder says that the order is not paid.")),
        ),
    ),
    Stop(
        "late", message("Money after expiry"),
        message("The order expired, and then the payment arrived."),
        message("The order expired, and the goods may be sold to somebody else. Then the money arrives after all. It is the payer's: a shop that ignores it keeps money for nothing, and hears from the payer's bank."),
        message("Play sends a request, and moves the tour's clock forward until the order has expired and was paid three seconds later. Then it refunds everything."),
        message("The order is closed, but the wallet was charged."),
        message("Accept the payment, or refund it at once. Never ignore it."),
        (
            _REQUEST, _ADDRESS, DrawnStep("wire", message("Notification: expired")), _PAYS, _PAID,
            DrawnStep("shop", message("Cannot ship any more, and sends v3.CreateRefund.")),
            DrawnStep("wire", message("Notification: refunded")),
            DrawnStep("payer", message("The money is back.")),
        ),
    ),
    Stop(
        "refund", message("A refund in part"),
        message("Part of the money goes back, and that takes time."),
        message("The payer returns one of two tins. A refund takes time: it is processed first, and it can fail. Until the state refunded, the payer still waits for the money."),
        message("Play sends a request, and moves the tour's clock forward until the order is paid. Then it refunds EUR 10.00, and moves the clock forward until the refund is complete."),
        message("A refund in the wallet."),
        message("Send your own m_refund_id with each refund. Monitor the state of refunds, and retry a failed one."),
        (
            _REQUEST, _ADDRESS, _PAYS, _PAID, _SHIPS,
            DrawnStep("wire", message("The shop sends v3.CreateRefund for EUR 10.00.")),
            DrawnStep("wire", message("Notification: refunded")),
            DrawnStep("shop", message("Records the refund and responds with ok.")),
        ),
    ),
    Stop(
        "plug-in", message("A plug-in over HTTPS"),
        message("A shop system that knows only the gateway's own address pays in the sandbox."),
        message("The plug-in of a shop system calls https://mapi.yabandpay.com, and its code stays as it is. Point this name at the sandbox, and let the plug-in trust the sandbox's certificate authority. Otherwise, each test is a payment with real money."),
        message("Play sends the plug-in's request, and moves the tour's clock forward until the order is paid. A plug-in cannot choose a scenario, so the sandbox has one ready for its next request."),
        _IS_PAID,
        message("Point mapi.yabandpay.com at the sandbox, and trust its certificate authority. Change nothing in the plug-in."),
        (
            DrawnStep("shop", message("The plug-in calls https://mapi.yabandpay.com.")),
            DrawnStep("wire", message("The sandbox answers under this name, with its own certificate.")),
            _REQUEST, _ADDRESS, _PAYS, _PAID, _SHIPS,
        ),
    ),
)  # fmt: skip
