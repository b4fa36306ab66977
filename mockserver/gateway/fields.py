"""Field rules as data: what a method requires, and what each value must be (protocol.md 3, 5.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mockserver.evidence import Fact
from mockserver.gateway.errors import FieldMissing, RuleBroken
from mockserver.payments.money import CURRENCIES, amount_text, parse_amount
from mockserver.payments.payment import STATE_CODES

if TYPE_CHECKING:
    from mockserver.phpvalues import Value

LONGEST_TIMEOUT = 1440
SMALLEST_AMOUNT = {"EUR": 10, "CNY": 100}
_SMALLEST_OTHER_AMOUNT = 1
USUAL_PAGE, LARGEST_PAGE = 20, 500
_DIGITS_OF_MILLISECONDS = 12
_SHOWN = 60

Texts = Mapping[str, str]
Rule = Callable[[str, Texts], "str | None"]
"""Takes a field's text and the texts of all fields; gives what the field "must be …" when the text breaks the rule."""


class Field(NamedTuple):
    """One field of a request: its name, whether it is required, its rule, and where it is documented."""

    name: str
    required: bool
    meaning: str
    source: str
    rule: Rule | None = None


def quoted(text: str) -> str:
    """A value as an error message shows it, shortened."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def read_fields(fields: tuple[Field, ...], data: Mapping[str, Value], where: str = "") -> dict[str, str]:
    """The texts of the declared fields that were sent and are not empty.

    `where` says in refusals which object the fields belong to, such as ` in data`.

    Raises:
        FieldMissing: a required field is absent, null or empty. All missing ones are named.
        RuleBroken: a value is no text or number, or breaks its field's rule.
    """
    missing: list[str] = []
    texts: dict[str, str] = {}
    odd = ""
    for field in fields:
        value = data.get(field.name)
        if value is None or value == "":
            if field.required:
                missing.append(field.name)
        elif isinstance(value, str):
            texts[field.name] = str(value)
        else:
            odd = odd or f"{field.name} must be text or a number, not {_kind(value)}."
    if missing:
        raise FieldMissing(f"Missing or empty{where}: {', '.join(missing)}.")
    if odd:
        raise RuleBroken(odd)
    for field in fields:
        if field.rule is not None and field.name in texts:
            rule = field.rule(texts[field.name], texts)
            if rule is not None:
                raise RuleBroken(f"{field.name} {rule}, not {quoted(texts[field.name])}.")
    return texts


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "an object" if isinstance(value, dict) else "an array"


def amount_rule(text: str, texts: Texts) -> str | None:
    """A decimal number, at least the smallest amount of its currency."""
    try:
        amount = parse_amount(text)
    except ValueError:
        return "must be a decimal number with at most two places, such as 24.99"
    currency = texts.get("currency", "")
    if currency not in CURRENCIES:
        return None  # which its own rule will tell
    smallest = SMALLEST_AMOUNT.get(currency, _SMALLEST_OTHER_AMOUNT)
    return None if amount >= smallest else f"must be at least {currency} {amount_text(smallest)}"


def tip_rule(text: str, texts: Texts) -> str | None:
    """A decimal number, not more than the amount that contains it."""
    try:
        tip, amount = parse_amount(text), parse_amount(texts.get("amount", ""))
    except ValueError:
        return "must be a decimal number with at most two places, such as 0.50"
    return None if tip <= amount else f"must not be more than the amount {quoted(texts['amount'])} that contains it"


def timeout_rule(text: str, _texts: Texts) -> str | None:
    """Whole minutes from 0 to 1440."""
    fits = re.fullmatch("[0-9]{1,4}", text) and int(text) <= LONGEST_TIMEOUT
    return None if fits else f"must be whole minutes from 0 to {LONGEST_TIMEOUT}"


def timeout_minutes(texts: Texts) -> int:
    """The timeout that a request means: absent and 0 mean 1440 minutes."""
    return int(texts.get("timeout", "0")) or LONGEST_TIMEOUT


def choice_rule(words: Collection[str]) -> Rule:
    """A rule for one of a few words."""

    def rule(text: str, _texts: Texts) -> str | None:
        return None if text in words else f"must be one of {', '.join(sorted(words))}"

    return rule


def count_rule(most: int) -> Rule:
    """A rule for a whole number from 1 to the most."""

    def rule(text: str, _texts: Texts) -> str | None:
        fits = re.fullmatch("[1-9][0-9]{0,8}", text) and int(text) <= most
        return None if fits else f"must be a whole number from 1 to {most}"

    return rule


def instant_of(text: str) -> int:
    """The instant of a Unix time in seconds, or in milliseconds where it has 12 digits or more."""
    return int(text) if len(text) >= _DIGITS_OF_MILLISECONDS else int(text) * 1000


def unix_time_rule(text: str, _texts: Texts) -> str | None:
    """Unix time, in seconds or milliseconds."""
    return None if re.fullmatch("[0-9]{1,13}", text) else "must be Unix time in seconds, such as 1546588959"


def web_address_rule(text: str, _texts: Texts) -> str | None:
    """An http or https address."""
    return None if is_web_address(text) else "must be an https address"


@lru_cache(maxsize=1024)
def is_web_address(text: str) -> bool:
    """Whether a text is an absolute http or https address that a request can be sent to."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    has_place = parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0
    return has_place and re.search(r"[\s\x00-\x1f]", text) is None


ENVELOPE = (
    Field("user", True, "UID of the cashier's account", "1.2"),
    Field("sign", True, "signature of all parameters", "1.2"),
    Field("method", True, "name of the method", "1.2"),
    Field("time", True, "Unix time; seconds, milliseconds taken too", "1.2", unix_time_rule),
    Field("data", True, "parameters of the method", "1.2"),
)

PAY_METHOD = Field("pay_method", True, "online or offline", "3")
SUB_PAY_METHOD = Field("sub_pay_method", True, "the wallet", "3")
ORDER_ID = Field("order_id", True, "the merchant's order id", "3")
AMOUNT = Field("amount", True, "decimal text, such as 24.99", "3", amount_rule)
CURRENCY = Field("currency", True, "ISO 4217 code, such as EUR", "3", choice_rule(CURRENCIES))
DESCRIPTION = Field("description", True, "what is paid for", "3")
DEMO = Field("demo", False, "the merchant's own text, echoed byte for byte", "3")
TIMEOUT = Field(
    "timeout", False, "minutes until the order expires, 0 to 1440; 0 and absent mean 1440", "5.5", timeout_rule
)
REDIRECT_URL = Field("redirect_url", False, "where the payer's browser returns", "3")
NOTIFY_URL = Field("notify_url", True, "where notifications are sent", "3", web_address_rule)
OPTIONAL_SUB_PAY_METHOD = SUB_PAY_METHOD._replace(required=False)
OPTIONAL_NOTIFY_URL = NOTIFY_URL._replace(required=False)
AUTH_CODE = Field("auth_code", True, "the number under the payer's barcode", "3.9, 3.10")
TIP_AMOUNT = Field("tip_amount", False, "the tip that the amount contains", "3.3, 3.9", tip_rule)
SUB_APP_ID = Field("sub_app_id", True, "APPID of the mini program or app", "3.4, 3.5")
SUB_OPEN_ID = Field("sub_open_id", True, "the payer's OpenID in the mini program", "3.4")
TRADE_ID = Field("trade_id", True, "the gateway's id of the trade", "3.14")

PAGE = Field("page", False, "number of the page, from 1", "3.16", count_rule(10**8))
LIMIT = Field(
    "limit",
    False,
    f"orders a page, at most {LARGEST_PAGE}; {USUAL_PAGE} if none is given",
    "3.16",
    count_rule(LARGEST_PAGE),
)
STATE = Field("state", False, "only orders in this state", "3.16", choice_rule(STATE_CODES))
FILTER = STATE._replace(name="filter")
START_TIME = Field("start_time", True, "orders created from this Unix time on", "3.16", unix_time_rule)
END_TIME = Field("end_time", True, "orders created up to this Unix time", "3.16", unix_time_rule)

EVIDENCE = (
    Fact(
        "page, limit",
        f"Pages count from 1; {USUAL_PAGE} orders a page if no limit is given, at most {LARGEST_PAGE}.",
        "assumed",
        "3.16: C7 always sends both",
    ),
    Fact("tip_amount", "Part of the amount, so never more than it.", "documented", "3.3"),
    Fact("timeout", "0 to 1440 minutes; 0 means 1440.", "documented", "SEED, 5.5"),
    Fact("timeout", "A request without timeout is accepted and means 1440.", "client", "5.5, C8 sends none"),
    Fact("amount", "At least EUR 0.10 or CNY 1; text or number.", "documented", "SEED, 5.5"),
    Fact("amount", "Other currencies: at least 0.01.", "assumed", "5.5 UNSEEN"),
    Fact("time", "Unix seconds, as number or text.", "documented", "1.2"),
    Fact("time", "Milliseconds are taken too; freshness is not checked.", "client", "6, C7 and C8"),
    Fact("required fields", "Absent, null and empty text are answered with -3001.", "assumed", "2: empty is UNSEEN"),
    Fact(
        "notify_url",
        "http addresses are accepted, for merchants on this machine; the gateway asks for https.",
        "assumed",
        "4.0 says https",
    ),
)
