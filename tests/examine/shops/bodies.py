"""Merchants with one mistake in reading the body of a notification."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from tests.examine.shops.merchant import RefusedNotification, Shop
from tests.examine.shops.signatures import KNOWN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping


class EmptyBodyShop(Shop):
    """Crashes at an empty body, with an error page that shows its insides."""

    costs = "crashes (500 with an error page) on an empty body"
    verdict = "unsafe habit"

    def parsed(self, body: bytes) -> dict[str, Any]:
        return super().parsed(body) if body[0] else {}


class NoJsonShop(Shop):
    """Crashes at a body that is no JSON, with an error page that shows its insides."""

    costs = "crashes (500 with an error page) on a body that is no JSON"
    verdict = "unsafe habit"

    def parsed(self, body: bytes) -> dict[str, Any]:
        if body:
            json.loads(self.json_in(body.decode("utf-8", "replace")))
        return super().parsed(body)


class UnknownFieldShop(Shop):
    """Crashes at a field that it does not know, so the notification fails each time, and its order is lost."""

    costs = "crashes (500) on an unknown further field"
    verdict = "lost an order"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        data = super().verified(message)
        for name in data:
            KNOWN_FIELDS.index(name)  # as a record class does with an argument that it does not have
        return data


class LongDemoShop(Shop):
    """Stores demo in a column of 255 characters, so a longer one fails each time, and its order is lost."""

    costs = "crashes (500) on a huge demo"
    verdict = "lost an order"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        data = super().verified(message)
        if len(data.get("demo", "")) > 255:
            raise OverflowError("Data too long for column 'demo'")
        return data


class ChineseShop(Shop):
    """Stores texts in Latin-1, so a Chinese description fails each time, and its order is lost."""

    costs = "crashes (500) on Chinese and emoji"
    verdict = "lost an order"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        data = super().verified(message)
        for text in data.values():
            text.encode("latin-1")
        return data


class EmojiShop(Shop):
    """Stores texts in MySQL's utf8 of three bytes, so an emoji fails each time, and its order is lost."""

    costs = "crashes (500) on emoji; Chinese passes"
    verdict = "lost an order"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        data = super().verified(message)
        if any(letter > "\uffff" for text in data.values() for letter in text):
            raise ValueError("Incorrect string value")
        return data


class FormOnlyShop(Shop):
    """Reads the form field resultData only, so no order is ever paid by the JSON that the gateway sends."""

    costs = "refuses every notification in JSON"
    verdict = "lost an order"

    def json_in(self, text: str) -> str:
        return super().json_in(text) if text.startswith("resultData=") else ""


class JsonOnlyShop(Shop):
    """Reads JSON only, so a notification that comes as a form is refused."""

    costs = "refuses a notification as a form with resultData, or percent-encoded"
    verdict = "lost an order"

    def json_in(self, text: str) -> str:
        return text


class PlusShop(Shop):
    """Decodes the body once too often, as the official library does: a plus in a text becomes a space, the signature no
    longer fits, and the order is lost."""

    costs = "refuses a right notification with + or % in a text"
    verdict = "lost an order"

    def json_in(self, text: str) -> str:
        return unquote_plus(text.strip().removeprefix("resultData="))


class FirewallShop(Shop):
    """Refuses texts with an apostrophe or an ampersand as an attack on its database, and so loses their orders."""

    costs = "refuses a right notification with & or ' in a text"
    verdict = "lost an order"

    def verified(self, message: Mapping[str, Any]) -> dict[str, str]:
        data = super().verified(message)
        if any(letter in text for text in data.values() for letter in "&'"):
            raise RefusedNotification("an attack", 403)
        return data


SHOPS: tuple[type[Shop], ...] = (
    EmptyBodyShop, NoJsonShop, UnknownFieldShop, LongDemoShop, ChineseShop, EmojiShop, FormOnlyShop, JsonOnlyShop,
    PlusShop, FirewallShop,
)  # fmt: skip
