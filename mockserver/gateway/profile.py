"""Profiles: how a gateway behaves where the documentation does not say, as values that the gateway reads at its start.

Without a profile, the sandbox behaves as its assumptions say (docs/fidelity.md). `mockserver.gateway.profile_file`
reads a profile from a file, `yabandpay-mock compare --write` writes one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mockserver.domain.money import amount_text, parse_amount
from mockserver.gateway.method import GatewayRules
from mockserver.gateway.methods import find_method
from mockserver.gateway.request import ENVELOPES, Envelopes, failure_envelope, report_envelope, success_envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.gateway.errors import Refusal
    from mockserver.gateway.fields import Field
    from mockserver.gateway.method import Method
    from mockserver.signing.php import Value

CodeType = Literal["text", "number"]

FAILURE_DATA: Mapping[str, str] = MappingProxyType(
    {"array": "[]", "object": "{}", "null": "null", "text": '""', "absent": ""}
)
"""The shapes that `data` can have in a failure, with their JSON."""


class Failure(NamedTuple):
    """What differs for one kind of failure; empty values are those of the sandbox."""

    code: str = ""
    message: str = ""
    http_status: int = 0


class Profile(NamedTuple):
    """How a gateway behaves; `http_status` is that of all failures.

    `failures` are by the kinds of `mockserver.gateway.errors.KINDS`. `max_clock_skew` is in milliseconds, 0 for no
    limit.
    """

    http_status: int = 200
    failures: Mapping[str, Failure] = MappingProxyType({})
    failure_data: str = "array"
    failure_code: CodeType = "text"
    success_code: CodeType = "text"
    duplicate_orders: str = "accept"
    max_clock_skew: int = 0
    amount: Literal["as sent", "two decimals"] = "as sent"
    required: frozenset[str] = frozenset()
    notify_url: Literal["http", "https"] = "http"
    wallet_names: Literal["any case", "exact"] = "any case"
    booleans: Literal["accept", "refuse"] = "accept"

    def failure(self, refusal: Refusal) -> tuple[str, str, int]:
        """The code and the message of a refusal, and its HTTP status; 0 is that of all failures."""
        found = self.failures.get(refusal.kind, _AS_USUAL)
        return found.code or refusal.code, found.message or refusal.message, found.http_status


_AS_USUAL = Failure()
ASSUMED = Profile()
"""The sandbox's own assumptions."""


def gateway_rules(profile: Profile, pay_delay: int, pages: Callable[[str], str]) -> GatewayRules:
    """The rules of a gateway that behaves as the profile says. All choices are made here, none for each request."""
    return GatewayRules(
        pay_delay,
        pages,
        profile.duplicate_orders,
        profile.max_clock_skew,
        envelopes_of(profile),
        profile.failure,
        _two_decimals if profile.amount == "two decimals" else None,
        _finder_of(profile),
    )


def envelopes_of(profile: Profile) -> Envelopes:
    usual = (profile.failure_data, profile.failure_code) == (ASSUMED.failure_data, ASSUMED.failure_code)
    if usual and profile.success_code == ASSUMED.success_code:
        return ENVELOPES

    def failure(code: str, message: str) -> bytes:
        data = FAILURE_DATA[profile.failure_data]
        shown = code if profile.failure_code == "number" and _is_number(code) else json.dumps(code)
        inner = f'"data":{data},' if data else ""
        return f'{{"status":false,"code":{shown},{inner}"message":{json.dumps(message, ensure_ascii=False)}}}'.encode()

    def success(data: dict[str, Any]) -> bytes:
        return success_envelope(data).replace(b'"code":"200"', b'"code":200', 1)

    return Envelopes(
        success if profile.success_code == "number" else success_envelope,
        report_envelope,
        failure_envelope if usual else failure,
    )


def _is_number(code: str) -> bool:
    return code.removeprefix("-").isdigit()


def _two_decimals(sent: str) -> str:
    return amount_text(parse_amount(sent))


def _finder_of(profile: Profile) -> Callable[[str, Mapping[str, Value]], Method] | None:
    """A function like `find_method` whose methods have the profile's fields; None if they are as usual."""
    if all(
        getattr(profile, name) == getattr(ASSUMED, name)
        for name in ("required", "notify_url", "wallet_names", "booleans")
    ):
        return None
    changed: dict[Method, Method] = {}

    def find(name: str, data: Mapping[str, Value]) -> Method:
        method = find_method(name, data)
        if method not in changed:
            fields = tuple(_changed(field, profile) for field in method.fields)
            changed[method] = replace(method, fields=fields, exact_wallets=profile.wallet_names == "exact")
        return changed[method]

    return find


def _changed(field: Field, profile: Profile) -> Field:
    if field.name in profile.required:
        field = field._replace(required=True)
    if field.free_text and profile.booleans == "refuse":
        field = field._replace(free_text=False)
    if field.name == "notify_url" and field.rule is not None and profile.notify_url == "https":
        rule = field.rule

        def only_https(text: str, texts: Mapping[str, str]) -> str | None:
            return rule(text, texts) or (None if text.lower().startswith("https:") else "must be an https address")

        field = field._replace(rule=only_https)
    return field
