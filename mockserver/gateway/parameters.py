"""All fields of the gateway's methods (protocol.md 1.2, 3)."""

from __future__ import annotations

from mockserver.domain.money import CURRENCIES, SETTLEMENT_CURRENCY
from mockserver.domain.payments.payment import STATE_CODES
from mockserver.evidence import Fact
from mockserver.gateway.fields import (
    LARGEST_PAGE,
    USUAL_PAGE,
    Field,
    OneOf,
    amount_rule,
    count_rule,
    day_rule,
    length_rule,
    money_rule,
    some_money_rule,
    timeout_rule,
    tip_rule,
    unix_time_rule,
    web_address_rule,
)

_LONGEST_NONCE = 32
_LONGEST_REFERENCE_ID = 32
_LONGEST_REFERENCE = 128

ENVELOPE = (
    Field("user", True, "UID of the account; of a super admin for finance and split", "1.2"),
    Field("sign", True, "signature of all parameters", "1.2"),
    Field("method", True, "name of the method", "1.2"),
    Field("time", True, "Unix time in seconds; milliseconds are accepted", "1.2", unix_time_rule),
    Field("data", True, "parameters of the method", "1.2"),
)

PAY_METHOD = Field("pay_method", True, "online or offline", "3")
SUB_PAY_METHOD = Field("sub_pay_method", True, "the wallet", "3")
ORDER_ID = Field("order_id", True, "the merchant's order id", "3")
AMOUNT = Field("amount", True, "decimal text, such as 24.99", "3", amount_rule)
CURRENCY = Field("currency", True, "ISO 4217 code, such as EUR", "3", OneOf(CURRENCIES))
DESCRIPTION = Field("description", True, "description of the goods", "3", free_text=True)
DEMO = Field("demo", False, "any text; returned unchanged", "3", free_text=True)
TIMEOUT = Field(
    "timeout", False, "minutes until the order expires, 0 to 1440; 0 and absent are 1440", "5.5", timeout_rule
)
REDIRECT_URL = Field("redirect_url", False, "address to which the payer's browser returns", "3")
NOTIFY_URL = Field("notify_url", True, "address to which notifications are sent", "3", web_address_rule)
AUTH_CODE = Field("auth_code", True, "the number under the payer's barcode", "3.9, 3.10")
TIP_AMOUNT = Field("tip_amount", False, "tip, included in the amount", "3.3, 3.9", tip_rule)
SUB_APP_ID = Field("sub_app_id", True, "APPID of the mini program or app", "3.4, 3.5")
SUB_OPEN_ID = Field("sub_open_id", True, "the payer's OpenID in the mini program", "3.4")
TRADE_ID = Field("trade_id", True, "the gateway's id of the trade", "3.14")

PAGE = Field("page", False, "number of the page, from 1", "3.16", count_rule(10**8))
LIMIT = Field(
    "limit",
    False,
    f"orders on a page, at most {LARGEST_PAGE}; {USUAL_PAGE} by default",
    "3.16",
    count_rule(LARGEST_PAGE),
)
STATE = Field("state", False, "only orders in this state", "3.16", OneOf(tuple(STATE_CODES)))
FILTER = STATE._replace(name="filter")
START_TIME = Field("start_time", True, "orders created at or after this Unix time", "3.16", unix_time_rule)
END_TIME = Field("end_time", True, "orders created at or before this Unix time", "3.16", unix_time_rule)
OS_TYPE = Field("os_type", False, "android or ios", "3.8", OneOf(("android", "ios")))
SUB_PAY_METHOD_TYPE = Field("sub_pay_method_type", False, "wallet of Alipay+", "3.8")
IP_ADDRESS = Field("ip_address", True, "the payer's IP address", "3.6")
URL_TYPE = Field("url_type", False, "01 the gateway's page (default); 02 WeChat's own code", "3.7", OneOf(("01", "02")))
BIC = Field("bic", False, "the payer's bank", "3.1")
EMAIL = Field("email", False, "the payer's e-mail address", "3.13")
REQUEST_ID = Field("request_id", True, "the merchant's unique id of the request", "3.11, 3.13")

OPERATION = Field(
    "operation",
    True,
    "1 sale, 2 authorisation, 10 token only, 11 token and sale, 12 token and authorisation",
    "3.11",
    OneOf(("1", "2", "10", "11", "12")),
)
THREE_DS_INITIATE = Field(
    "3ds_initiate", True, "01 with 3-D Secure, 02 without, 03 exempted", "3.11", OneOf(("01", "02", "03"))
)
SCA_EXEMPTION = Field("sca_exemption", False, "reason of the exemption; required with 03", "3.11", OneOf(("LowValue",)))
FORM_TYPE = Field("form_type", False, "01 a page (default); 02 for an iframe", "3.11", OneOf(("01", "02")))
CARD_INFO = Field("cardinfo", False, "card entered at the merchant, as JSON text", "3.11", structured=True)
PAYMENT_TOKEN = Field("payment_token_object", False, "token of a card or a wallet", "3.11", structured=True)

CARD_AMOUNT = Field("amount", False, "decimal text; optional or 0 if only a token is created", "3.11", money_rule)
CAPTURED_AMOUNT = Field("amount", True, "amount to capture, such as 24.99", "3.12", some_money_rule)
M_REFUND_ID = Field("m_refund_id", False, "the merchant's id of the refund", "3.18")
REFUND_ID = Field("refund_id", True, "the gateway's id of the refund", "3.19")
REFUND_AMOUNT = Field("refund_amount", True, "amount to refund, such as 1.99", "3.18", some_money_rule)
REFUND_CURRENCY = Field("refund_currency", True, "currency of the order", "3.18", OneOf(CURRENCIES))
REFUND_DESCRIPTION = Field("refund_description", True, "reason of the refund", "3.18", free_text=True)

NONCE_STRING = Field("nonce_string", True, "a random text", "3.20", length_rule(_LONGEST_NONCE))
COMMAND = Field("command", True, "command of the method; commond is accepted", "3.20, 7.1")
PAYOUT_AMOUNT = Field("amount", True, "amount to pay out, such as 100.01", "3.21", some_money_rule)
PAYOUT_REFERENCE = Field("reference", True, "the merchant's id of the payout", "3.21")
BILL_DATE = Field("bill_date", True, "day of the report, as dd-MM-yyyy", "3.22", day_rule)
CLEARING_ID = Field("clearing_id", False, "id of a clearing, from a report", "3.23")
SETTLED_FROM = Field("start_time", False, "movements at or after this Unix time", "3.23", unix_time_rule)
SETTLED_TO = Field("end_time", False, "movements at or before this Unix time", "3.23", unix_time_rule)
PAID_FROM = Field("start_time", True, "payments paid at or after this Unix time", "3.15", unix_time_rule)
PAID_TO = Field("end_time", True, "payments paid at or before this Unix time", "3.15", unix_time_rule)

SETTLED_CURRENCY = Field("currency", True, "settlement currency of the order", "3.24", OneOf((SETTLEMENT_CURRENCY,)))
SPLIT_SOLUTION_ID = Field("split_solution_id", True, "id of the split solution", "3.24")
SPLIT_COMPLETED = Field(
    "split_completed", True, "1 closes the order for further splits, 0 does not", "3.24", OneOf(("0", "1"))
)
REFERENCE_ID = Field(
    "reference_id", True, "the merchant's unique id of the split", "3.24", length_rule(_LONGEST_REFERENCE_ID)
)
REFERENCE = Field("reference", False, "the merchant's remark", "3.24", length_rule(_LONGEST_REFERENCE), free_text=True)
RECEIVERS = Field("receivers", True, "receivers and their amounts, as JSON text of an array", "3.24", structured=True)
SPLIT_ID = Field("split_id", True, "the gateway's id of the split", "3.24")
SPLIT_TYPE = Field("split_type", False, "0 only the split, 1 only its returns", "3.24", OneOf(("0", "1")))
SPLIT_DETAIL_ID = Field("split_detail_id", False, "id of one receiver's share", "3.24")
REFUND_SPLIT_DETAIL_ID = Field("refund_split_detail_id", False, "id of one returned share; needs split_type 1", "3.24")

EVIDENCE = (
    Fact(
        "page, limit",
        f"Pages count from 1; {USUAL_PAGE} orders on a page without limit, at most {LARGEST_PAGE}.",
        "assumed",
        "3.16: C7 always sends both",
    ),
    Fact("tip_amount", "Included in the amount.", "documented", "3.3"),
    Fact("tip_amount", "Never more than the amount.", "assumed", "7.20: a published example has more"),
    Fact(
        "sub_app_id, sub_open_id",
        "Required, as documented, although a published client (C6) sends none.",
        "documented",
        "3.4, 3.5, 6",
    ),
    Fact(
        "os_type",
        "Optional, although the newest page requires it: two older pages and a published client (C6) send none.",
        "assumed",
        "3.8, 1.7: E15 and E16; 6",
    ),
    Fact(
        "boolean and null",
        "A boolean in a free text (demo, description, refund_description, reference) is taken as it is signed.",
        "assumed",
        "1.5 UNSEEN",
    ),
    Fact("timeout", "0 to 1440 minutes; 0 means 1440.", "documented", "SEED, 5.5"),
    Fact("timeout", "A request without timeout is accepted; the timeout is 1440.", "client", "5.5, C8 sends none"),
    Fact("amount", "At least EUR 0.10 or CNY 1; text or number.", "documented", "SEED, 5.5"),
    Fact("amount", "Other currencies: at least 0.01.", "assumed", "5.5 UNSEEN"),
    Fact("time", "Unix seconds, as number or text.", "documented", "1.2"),
    Fact("time", "Milliseconds are accepted; freshness is not checked.", "client", "6, C7 and C8"),
    Fact("required fields", "Absent, null and empty text are answered with -3001.", "assumed", "2: empty is UNSEEN"),
    Fact(
        "notify_url",
        "v3.CreatePaymentsWechatMiniPay accepts an empty text and sends no notification; other methods answer -3001.",
        "client",
        "6, C8",
    ),
    Fact(
        "notify_url",
        "http addresses are accepted, for merchants on this machine; the gateway requires https.",
        "assumed",
        "4.0 says https",
    ),
)
