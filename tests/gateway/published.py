"""The published example requests (protocol.md 1.7, 3): what their strings to sign hold.

Their signs belong to keys that nobody knows, so the tests sign them with the sandbox's key. `breaks` names the rule of
its own page that an example breaks, and the code that it is answered with; none of the numbered ones breaks a rule.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

NOTIFY = "https://www.yabandpay.com/notify"
HOME = "https://www.yabandpay.com"
_PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
_NUMBERED = re.compile(r"^(E[0-9]{2})  \[.*\]\n  (.+)$", re.MULTILINE)


class Example(NamedTuple):
    """One published request: its label, method, user, time and data."""

    label: str
    method: str
    user: str
    time: Any
    data: dict[str, Any]
    breaks: str = ""
    code: str = "200"


def _example(label: str, text: str, breaks: str = "", code: str = "200") -> Example:
    """An example from its published string to sign."""
    published = text.replace("NOTIFY", NOTIFY).replace("HOME", HOME)
    data = dict(pair.split("=", 1) for pair in published.split("&"))
    return Example(label, data.pop("method"), data.pop("user"), int(data.pop("time")), data, breaks, code)


NUMBERED = [_example(label, text) for label, text in _NUMBERED.findall(_PROTOCOL.read_text(encoding="utf-8"))]
"""The pairs E01 to E55 of protocol.md 1.7."""

_NEEDING_A_TRADE = {"v3.Capture", "v3.QueryOrder", "v3.CancelPayment", "v3.CreateRefund"}
_NEEDING_NOTHING = {"v3.GetSubPay", "v3.BatchQuery", "v3.TimePayOrder", "v3.MerchantBalance"}
_NOT_CREATING = {
    *_NEEDING_A_TRADE, *_NEEDING_NOTHING, "v3.SplitPayment", "v3.QueryRefundOrder", "v3.GetTradebill",
}  # fmt: skip


def _of(*methods: str) -> list[Example]:
    return [example for example in NUMBERED if example.method in methods]


CREATING = [
    *(example for example in NUMBERED if example.method not in _NOT_CREATING),
    _example("SEED, the body", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayMiniPay"
             "&notify_url=NOTIFY&order_id=2024519846516588484&pay_method=online&redirect_url=HOME"
             "&sub_pay_method=Alipay&time=1546588959&timeout=0&user=016683"),
    _example("3.1 7edge, the string as far as it is known", "amount=0.1&currency=EUR&description=YabandPay test"
             "&method=v3.CreatePayments&notify_url=https://www.yabandpay.com&order_id=202506041018&pay_method=online"
             "&redirect_url=&sub_pay_method=PayPal&time=1555498137&user=016683"),
    _example("3.7, the body", "url_type=01&order_id=2024821984761654842&amount=1&currency=EUR&timeout=0"
             "&description=yaband test&redirect_url=HOME&notify_url=NOTIFY&method=v3.CreateWechatNativePay"
             "&time=1568553105&user=016683"),
    _example("1.7, bank transfer", "amount=0.1&currency=EUR&demo=test&description=Test&email=info@yabandmedia.com"
             "&method=v3.BankTransfer&notify_url=NOTIFY&order_id=12455555788&pay_method=online&redirect_url=HOME"
             "&sub_pay_method=Bank Transfer&request_id=1&timeout=0&time=1555498137&user=016683",
             "its amount is below the EUR 1.00 of its own page", "-1000"),
]  # fmt: skip
"""Examples that create a payment."""

ABOUT_A_TRADE = _of(*_NEEDING_A_TRADE)
"""Examples about a trade that only the real gateway has."""

OTHERS = [
    *_of(*_NEEDING_NOTHING),
    _example("3.22, the body", "command=getTradebill&bill_date=19-02-2024&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=040268"),
    _example("1.7, the string of reports", "bill_date=2024-02-19&command=getTradebill&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870",
             "bill_date is dd-MM-yyyy by its table and its body", "-1000"),
    _example("3.23, the range", "commond=getTradebillInfo&start_time=1716393600&end_time=1716566340"
             "&method=v3.GetTradebill&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870"),
]  # fmt: skip
"""Examples that need nothing to exist."""

ABOUT_A_SPLIT = _of("v3.SplitPayment")

ABOUT_A_REFUND = _of("v3.QueryRefundOrder")

ABOUT_A_CLEARING = [
    *_of("v3.GetTradebill"),
    _example("3.23, the body", "clearing_id=M20240220001503109569&command=getTradebillInfo&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870"),
]  # fmt: skip
