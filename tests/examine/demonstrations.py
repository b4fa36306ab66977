"""What shows each mistake: a script, and what is seen of a right shop and of the wrong one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from tests.examine.shops import answers, bodies, matching, repetition, signatures, states, visits
from tests.examine.till import OTHER_KEY, OTHER_USER, PATIENCE, Till, as_form, as_json, unknown_id

if TYPE_CHECKING:
    from tests.examine.shops.merchant import Shop

Script = Callable[[Till], object]


class Demonstration(NamedTuple):
    """A script on an order, what it gives at a right shop and at the wrong one, and how the order is created."""

    script: Script
    right: object
    wrong: object
    scenario: str = ""
    wanted: Mapping[str, str] = MappingProxyType({})


PAID, OPEN = ("paid", 1), ("open", 0)


def notified(*notifications: tuple[str, dict[str, Any]]) -> Script:
    """Send genuine notifications in order; gives the state and the shipments."""

    def script(till: Till) -> object:
        for state, changes in notifications:
            till.notify(state, **changes)
        return till.seen

    return script


def after(*steps: str) -> Script:
    """Send genuine notifications: states of the payment, and refunds as `refund AMOUNT ID`; gives what is seen."""

    def script(till: Till) -> object:
        for step in steps:
            word, *refund = step.split()
            if word == "refund":
                till.refund(*refund)
            else:
                till.notify(step)
        return till.seen

    return script


def sent(make: Callable[[Till], object]) -> Script:
    """Send a message; gives the state and the shipments."""

    def script(till: Till) -> object:
        till.send(make(till))
        return till.seen

    return script


def status(make: Callable[[Till], object]) -> Script:
    """Send a message; gives the HTTP status of the answer."""
    return lambda till: till.send(make(till)).status_code


def forged(till: Till) -> object:
    till.forge()
    return till.seen


def forged_then_right(till: Till) -> object:
    till.forge()
    till.notify()
    return till.seen


def at_once(till: Till) -> object:
    till.notify_at_once()
    return till.seen


def of_another_trade(till: Till) -> object:
    """One order is paid, and its genuine notification names another order."""
    other = Till(till.account, till.shop)
    other.notify(order_id=till.order_id)
    return till.seen


def of_nobody(till: Till) -> object:
    order_id = unknown_id()
    till.notify(order_id=order_id)
    return till.show(order_id).status_code


def of_another_merchant(till: Till) -> object:
    data = till.data(user=OTHER_USER, trade_id=unknown_id())
    till.send(till.signed(data, OTHER_KEY))
    return till.seen


def answered(till: Till) -> object:
    """The answer to the right notification."""
    answer = till.notify()
    return answer.status_code, answer.content


def ok_without_money(till: Till) -> object:
    """Whether the first right notification is answered ok and lost."""
    return till.notify().text == "ok" and till.state == "open"


def refund_of_too_much(till: Till) -> object:
    till.notify()
    return till.refund("100.00").text == "ok", till.state


def visited(query: str = "") -> Script:
    """Visit the notify URL with a browser; gives the status, and the state of the order."""

    def script(till: Till) -> object:
        address = f"{till.shop.url}/notify{query.format(till.order_id)}"
        return requests.get(address, timeout=PATIENCE).status_code, till.state

    return script


def forged_return(till: Till) -> object:
    till.come_back(till.signed(till.data(), "not the key"))
    return till.seen


def bare_return(till: Till) -> object:
    till.come_back()
    return till.seen


def return_without_notification(till: Till) -> object:
    till.account.clock.advance("1m")
    till.come_back()
    return till.seen


def notified_while_creating(till: Till) -> object:
    """The notification came before the answer; an hour later all its repetitions have come."""
    till.account.clock.advance("1h")
    till.account.wait_until_quiet()
    return till.state


def naps_during(make: Callable[[Till], dict[str, Any]]) -> Script:
    """Whether the shop sleeps before it answers a message (the tests replace `answers.sleep`)."""

    def script(till: Till) -> object:
        naps.clear()
        till.send(till.signed(make(till)))
        return bool(naps)

    return script


naps: list[float] = []


def _signed(**changes: Any) -> Callable[[Till], object]:
    return lambda till: till.signed(till.data(**changes))


def _with_sign(signature: object) -> Callable[[Till], object]:
    return lambda till: {"sign": signature, "data": till.data()}


_ACKNOWLEDGED = (200, b"ok")
_LATER = "notified-before-answer"

DEMONSTRATIONS: dict[type[Shop], Demonstration] = {
    signatures.NoSignatureShop: Demonstration(forged, OPEN, PAID),
    signatures.JugglingShop: Demonstration(sent(_with_sign(True)), OPEN, PAID),
    signatures.SignIfPresentShop: Demonstration(sent(lambda till: {"data": till.data()}), OPEN, PAID),
    signatures.SameLengthShop: Demonstration(sent(_with_sign("0" * 64)), OPEN, PAID),
    signatures.MergingShop: Demonstration(
        sent(lambda till: {**till.signed(till.data("processing")), "state": "paid"}), OPEN, PAID
    ),
    signatures.KnownFieldsShop: Demonstration(sent(_signed(risk_level="low")), PAID, OPEN),
    signatures.SignFirstShop: Demonstration(
        sent(lambda till: dict(reversed(till.signed(till.data()).items()))), PAID, OPEN
    ),
    signatures.FieldOrderShop: Demonstration(
        sent(lambda till: till.signed(dict(reversed(till.data().items())))), PAID, OPEN
    ),
    signatures.AnyKeyShop: Demonstration(sent(lambda till: till.signed(till.data(), OTHER_KEY)), OPEN, PAID),
    signatures.KeyOfUserShop: Demonstration(of_another_merchant, OPEN, PAID),
    matching.BelievesAmountShop: Demonstration(sent(_signed(amount="0.01")), OPEN, PAID),
    matching.WholeEurosShop: Demonstration(sent(_signed(amount="12.00")), OPEN, PAID),
    matching.BelievesCurrencyShop: Demonstration(sent(_signed(currency="JPY")), OPEN, PAID),
    matching.BelievesOrderIdShop: Demonstration(of_another_trade, OPEN, PAID),
    matching.AnyStateShop: Demonstration(after("declined"), ("failed", 0), PAID),
    matching.InventedOrderShop: Demonstration(of_nobody, 404, 200),
    matching.AmountAsTextShop: Demonstration(after("paid"), PAID, OPEN, wanted={"amount": "12.5"}),
    repetition.ShipsAgainShop: Demonstration(after("paid", "paid"), PAID, ("paid", 2)),
    repetition.RaceShop: Demonstration(at_once, PAID, ("paid", 2)),
    repetition.SeenBeforeVerifiedShop: Demonstration(forged_then_right, PAID, OPEN),
    repetition.SeenBeforeDoneShop: Demonstration(after("refund", "paid", "refund"), ("refunded", 0), PAID),
    repetition.FailsOnceShop: Demonstration(after("paid", "paid"), PAID, OPEN),
    repetition.AckThenCrashShop: Demonstration(ok_without_money, False, True),
    repetition.OkWhenBusyShop: Demonstration(ok_without_money, False, True),
    repetition.PaidAgainShop: Demonstration(after("paid", "refund", "paid"), ("refunded", 1), PAID),
    repetition.RefundAgainShop: Demonstration(
        after("paid", "refund 6.17", "refund 6.17"), PAID, ("refunded", 1)
    ),
    states.ForgetsAfterExpiryShop: Demonstration(after("expired", "paid"), PAID, ("expired", 0)),
    states.ForgetsAfterCancelShop: Demonstration(after("cancelled", "paid"), PAID, ("cancelled", 0)),
    states.RefusesLateShop: Demonstration(after("expired", "paid", "paid"), PAID, ("expired", 0)),
    states.OlderProcessingShop: Demonstration(after("paid", "processing"), PAID, ("open", 1)),
    states.OlderExpiryShop: Demonstration(after("paid", "expired"), PAID, ("expired", 1)),
    states.ProcessingIsPaidShop: Demonstration(after("processing"), OPEN, PAID),
    states.VerifyIsPaidShop: Demonstration(after("verify"), OPEN, PAID),
    states.ReviewNeverEndsShop: Demonstration(after("verify", "declined"), ("failed", 0), ("held", 0)),
    states.FailedIsPaidShop: Demonstration(after("failed"), ("failed", 0), PAID),
    states.DeclinedStaysOpenShop: Demonstration(after("declined"), ("failed", 0), OPEN),
    states.ForgetsEarlyRefundShop: Demonstration(after("refund", "paid"), ("refunded", 0), PAID),
    states.ForgetsRefundsShop: Demonstration(after("paid", "refund"), ("refunded", 1), PAID),
    states.PartIsWholeShop: Demonstration(after("paid", "refund 1.00"), PAID, ("refunded", 1)),
    states.LastPartShop: Demonstration(
        after("paid", "refund 6.17 R-1", "refund 6.17 R-2"), ("refunded", 1), PAID
    ),
    states.RefundAboveShop: Demonstration(refund_of_too_much, (False, "paid"), (True, "refunded")),
    states.RefundFailedShop: Demonstration(
        notified(("paid", {}), ("refund failed", {"type": "refund", "refund_amount": "12.34", "refund_currency": "EUR"})),
        PAID, ("refunded", 1),
    ),
    bodies.EmptyBodyShop: Demonstration(status(lambda _till: b""), 400, 500),
    bodies.NoJsonShop: Demonstration(status(lambda _till: b"hello"), 400, 500),
    bodies.UnknownFieldShop: Demonstration(sent(_signed(risk_level="low")), PAID, OPEN),
    bodies.LongDemoShop: Demonstration(sent(_signed(demo="d" * 10_000)), PAID, OPEN),
    bodies.ChineseShop: Demonstration(sent(_signed(description="龙井茶")), PAID, OPEN),
    bodies.EmojiShop: Demonstration(sent(_signed(description="茶 🍵")), PAID, OPEN),
    bodies.FormOnlyShop: Demonstration(after("paid"), PAID, OPEN),
    bodies.JsonOnlyShop: Demonstration(sent(lambda till: as_form(till.signed(till.data()))), PAID, OPEN),
    bodies.PlusShop: Demonstration(sent(_signed(description="1+1 = 100%25")), PAID, OPEN),
    bodies.FirewallShop: Demonstration(sent(_signed(description="Tea & O'Brien")), PAID, OPEN),
    visits.GetPaysShop: Demonstration(visited("?order_id={}&state=paid"), (405, "open"), (200, "paid")),
    visits.GetSaysOkShop: Demonstration(visited(), (405, "open"), (200, "open")),
    visits.GetCrashesShop: Demonstration(visited(), (405, "open"), (500, "open")),
    visits.TrustsReturnShop: Demonstration(forged_return, OPEN, PAID),
    visits.BareReturnPaysShop: Demonstration(bare_return, OPEN, PAID),
    visits.NeverAsksShop: Demonstration(return_without_notification, PAID, OPEN, "never-notified"),
    visits.LostAnswerShop: Demonstration(after("paid"), PAID, (None, 0), "answer-lost"),
    visits.LostAnswerFailsShop: Demonstration(after("paid"), PAID, ("failed", 0), "answer-lost"),
    visits.ForgetsWhileCreatingShop: Demonstration(notified_while_creating, "paid", "open", _LATER),
    visits.BlocksWhileCreatingShop: Demonstration(notified_while_creating, "paid", "open", _LATER),
    visits.ReopensWhileCreatingShop: Demonstration(notified_while_creating, "paid", "open", _LATER),
    visits.ReusedOrderIdShop: Demonstration(after("paid"), PAID, OPEN, "answer-lost"),
    answers.UpperCaseShop: Demonstration(answered, _ACKNOWLEDGED, (200, b"OK")),
    answers.HtmlShop: Demonstration(
        answered, _ACKNOWLEDGED, (200, b"<!doctype html><html><body>ok</body></html>")
    ),
    answers.JsonShop: Demonstration(answered, _ACKNOWLEDGED, (200, b'{"code": 200, "msg": "ok"}')),
    answers.QuotedShop: Demonstration(answered, _ACKNOWLEDGED, (200, b'"ok"')),
    answers.ByteOrderMarkShop: Demonstration(answered, _ACKNOWLEDGED, (200, b"\xef\xbb\xbfok")),
    answers.EmptyAnswerShop: Demonstration(answered, _ACKNOWLEDGED, (200, b"")),
    answers.OkAs500Shop: Demonstration(answered, _ACKNOWLEDGED, (500, b"ok")),
    answers.ErrorPageShop: Demonstration(answered, _ACKNOWLEDGED, (200, b"<h1>Template not found</h1>")),
    answers.LoginShop: Demonstration(after("paid"), PAID, OPEN),
    answers.RedirectAfterShop: Demonstration(answered, _ACKNOWLEDGED, (302, b"")),
    answers.SlowRefundShop: Demonstration(naps_during(Till.refund_data), False, True),
    answers.SlowPaidShop: Demonstration(naps_during(Till.data), False, True),
}  # fmt: skip

__all__ = ["DEMONSTRATIONS", "Demonstration", "as_json", "naps"]
