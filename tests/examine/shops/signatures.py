"""Merchants with one mistake in verifying signatures."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any

from tests.examine.shops.merchant import Order, RefusedNotification, Shop, sign, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN_FIELDS = (
    "type", "user", "order_id", "trade_id", "transaction_id", "acquirer_id", "amount", "tip_amount", "currency",
    "settlement_amount", "settlement_currency", "exchange_rate", "amount_cny", "settlement_rate", "description",
    "createDate", "state", "demo", "out_trade_no", "sub_pay_method", "pay_method", "paid_time", "yb_transaction_id",
    "refund_id", "refund_amount", "refund_currency", "m_refund_id", "refund_time", "refund_description",
    "settlement_refund_amount", "settlement_refund_currency", "merchant_cost",
)  # fmt: skip


class NoSignatureShop(Shop):
    """Never looks at the signature, so anybody can write a notification and have the goods for nothing."""

    costs = "accepts a forged notification: wrong, foreign or missing signature"
    verdict = "lost money"

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:  # noqa: ARG002 - that is the mistake
        return True


class JugglingShop(Shop):
    """Compares signatures like PHP's `==`, for which the JSON value true equals every text: `{"sign": true}` is genuine."""

    costs = "accepts a forged notification whose sign is the JSON value true (type juggling)"
    verdict = "lost money"

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:
        return signature is True or super().is_genuine(data, signature)


class SignIfPresentShop(Shop):
    """Verifies the signature only if there is one, so a forger leaves it out."""

    costs = "accepts a forged notification: missing or empty signature"
    verdict = "lost money"

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:
        return not signature or super().is_genuine(data, signature)


class SameLengthShop(Shop):
    """Checks only that the signature looks like one, with 64 hexadecimal digits, as a half-written check does."""

    costs = "accepts a forged notification: wrong signature of the right shape"
    verdict = "lost money"

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:  # noqa: ARG002 - that is the mistake
        return isinstance(signature, str) and re.fullmatch("[0-9a-f]{64}", signature) is not None


class MergingShop(Shop):
    """Merges the members around the data into the verified data, so a genuine body with `"state": "paid"` added pays."""

    costs = (
        "accepts a genuine notification with a forged state, amount or order beside its data, where nothing is signed"
    )
    verdict = "lost money"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        around = {name: text_of(value) for name, value in message.items() if name not in {"data", "sign"}}
        return {**super().verified(message), **around}


class KnownFieldsShop(Shop):
    """Signs only the fields that it knows, so a notification with a new field is refused, and its order is lost."""

    costs = "refuses a right notification with an unknown further field"
    verdict = "lost an order"

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:
        return super().is_genuine({name: value for name, value in data.items() if name in KNOWN_FIELDS}, signature)


class SignFirstShop(Shop):
    """Cuts sign and data out of the body with a pattern that expects the sign first, so another order is refused."""

    costs = "refuses a right notification whose data stands before its sign"
    verdict = "lost an order"

    def parsed(self, body: bytes) -> dict[str, Any]:
        message = super().parsed(body)
        if next(iter(message), "") != "sign":
            raise RefusedNotification("no sign")
        return message


class FieldOrderShop(Shop):
    """Reads the fields by their place, so a notification with its fields in another order is read wrongly and refused."""

    costs = "refuses a right notification whose fields stand in another order"
    verdict = "lost an order"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        data = super().verified(message)
        places = dict(zip(("type", "user", "order_id", "trade_id"), data.values(), strict=False))
        return {**data, **places}


class _PlatformShop(Shop):
    """A platform for several merchants, which has the keys of all; `keys` has them by user."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.keys = {"016683": "sandbox-secret-key", user: secret_key}


def _is_by(key: str, data: Mapping[str, Any], signature: object) -> bool:
    return isinstance(signature, str) and hmac.compare_digest(sign(data, key).encode(), signature.encode())


class AnyKeyShop(_PlatformShop):
    """A platform that tries the keys of all its merchants, so each of them can pay the orders of the others by itself."""

    costs = "accepts a notification that is signed with another account's key"
    verdict = "lost money"

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:
        return any(_is_by(key, data, signature) for key in self.keys.values())


class KeyOfUserShop(_PlatformShop):
    """A platform that takes the key of the user in the notification, and forgets to ask whose the order is: the payment
    of one merchant's order 1001 pays the order 1001 of another."""

    costs = "accepts another merchant's right notification for its own order"
    verdict = "lost money"

    def is_genuine(self, data: dict[str, Any], signature: object) -> bool:
        key = self.keys.get(str(data.get("user")))
        return key is not None and _is_by(key, data, signature)

    def is_own_user(self, data: dict[str, str]) -> bool:
        return data.get("user") in self.keys

    def is_own_trade(self, order: Order, data: dict[str, str]) -> bool:
        return data.get("user") != self.user or super().is_own_trade(order, data)


SHOPS: tuple[type[Shop], ...] = (
    NoSignatureShop, JugglingShop, SignIfPresentShop, SameLengthShop, MergingShop, KnownFieldsShop,
    SignFirstShop, FieldOrderShop, AnyKeyShop, KeyOfUserShop,
)  # fmt: skip
