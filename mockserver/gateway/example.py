"""Example requests: the one of the gateway's documentation, and one for each method."""

from __future__ import annotations

import json
import shlex
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mockserver.gateway.request import PATH, SCENARIO_HEADER

if TYPE_CHECKING:
    from mockserver.gateway.method import Method

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
    """The documented request, unsigned; `changes` replace or add fields of data."""
    data = {**DOCUMENTED_DATA, **changes}
    return {"user": user, "method": DOCUMENTED_METHOD, "time": DOCUMENTED_TIME, "data": data}


def curl_line(url: str, body: bytes, scenario: str = "") -> str:
    """A shell command that sends a body to the gateway; `scenario` adds the header."""
    compact = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
    header = f" -H {shlex.quote(f'{SCENARIO_HEADER}: {scenario}')}" if scenario else ""
    return f"curl {url}{PATH}{header} -d {shlex.quote(compact)}"


def curl_command(url: str, body: bytes, content_type: str = "") -> str:
    """A shell command that sends exactly these bytes; empty if they are too many for a command."""
    if len(body) > _LONGEST_ARGUMENT:
        return ""
    header = f" -H {shlex.quote(f'Content-Type: {content_type}')}" if content_type else ""
    address = f"-g {shlex.quote(url)}" if _GLOB & set(url) else shlex.quote(url)
    text = body.decode("utf-8", "surrogateescape")
    if all(letter.isprintable() or letter in "\n\t" for letter in text):
        return f"curl {address}{header} --data-raw {shlex.quote(text)}"
    pieces = "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in body)
    return f"printf '{pieces}' | curl {address}{header} --data-binary @-"


_LONGEST_ARGUMENT = 30_000  # bytes, with room for escapes within the 128 KiB of Linux
_GLOB = frozenset("[]{}")  # which curl expands in an address
_PLAIN = frozenset(b" \n") | {byte for byte in range(0x21, 0x7F) if byte not in b"'\\%"}

_VALUES = MappingProxyType(
    {
        **DOCUMENTED_DATA, "auth_code": "134443133735495918", "sub_app_id": "wx7a5355d3d2a904a4",
        "sub_open_id": "opilP5dyazU7pTpyps8TDc53OGyU", "os_type": "android", "ip_address": "127.0.0.1",
        "request_id": "x7f6dketj52aq5809w5t0rjhp56vmwnz", "operation": "1", "3ds_initiate": "01",
        "trade_id": "5902ea82-df87-bc30-3eef-c9cd1c64555c", "start_time": "1569894340", "end_time": "1573523141",
        "page": "1", "limit": "20", "refund_amount": "0.10", "refund_currency": "EUR", "refund_description": "test",
        "refund_id": "20240304094405131317", "nonce_string": "tw5be5b7sry5prm96s", "reference": "456789",
        "bill_date": "19-02-2024", "clearing_id": "M20240220001503109569", "split_solution_id": "104",
        "split_completed": "0", "reference_id": "123456", "split_id": "20231229110618372777",
    }
)  # fmt: skip
_ALSO = MappingProxyType(
    {
        "v3.CreatePaymentsAlipayAppPay": ("os_type",),
        "v3.BarcodePayment": ("notify_url",),
        "v3.CreateRefund": ("notify_url",),
        "v3.CreateCardPayments": ("amount", "currency", "description", "redirect_url"),
        "v3.ListOrder": ("page", "limit"),
        "v3.GetTradebill getTradebillInfo": ("start_time", "end_time"),
        "v3.SplitPayment createSplitPayment": ("receivers",),
    }
)
_RECEIVERS = MappingProxyType(
    {
        "createSplitPayment": '[{"mid":111,"detail_reference_id":"123456-1","split_amount":"0.50","role":"1"}]',
        "returnSplitPayment": '[{"mid":111,"split_detail_id":"20231229110618372777-1","detail_reference_id":"123456-2",'
        '"split_amount":"0.20","description":"test"}]',
    }
)


def example_data(method: Method) -> dict[str, str]:
    """Example data for a method: its required fields, and useful optional ones."""
    values = {**_VALUES, "receivers": _RECEIVERS.get(method.command, "")}
    if method.pay_methods:
        values["pay_method"] = method.pay_methods[0]
    if method.wallets:
        values["sub_pay_method"] = method.wallets[0].name
    also = _ALSO.get(method.title, ())
    data = {field.name: values[field.name] for field in method.fields if field.required or field.name in also}
    return {"command": method.command, **data} if method.command else data
