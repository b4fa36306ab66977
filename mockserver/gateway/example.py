"""The documentation's own example request, for the banner, the demo, the benchmark and the tests (SEED)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

DOCUMENTED_DATA = MappingProxyType(
    {
        "description": "YabandPay test",
        "timeout": "0",
        "pay_method": "online",
        "sub_pay_method": "Alipay",
        "order_id": "2024519846516588484",
        "amount": "1",
        "currency": "EUR",
        "notify_url": "https://www.yabandpay.com/notify",
        "redirect_url": "https://www.yabandpay.com",
    }
)
DOCUMENTED_METHOD = "v3.CreatePaymentsAlipayMiniPay"
DOCUMENTED_TIME = 1546588959
DOCUMENTED_USER = "016683"


def documented_request(user: str = DOCUMENTED_USER, **changes: str) -> dict[str, Any]:
    """The request, unsigned; `changes` replace or add fields of data."""
    data = {**DOCUMENTED_DATA, **changes}
    return {"user": user, "method": DOCUMENTED_METHOD, "time": DOCUMENTED_TIME, "data": data}
