"""Texts and values as the tables have them."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import msgspec

from mockserver.clock import ClockSetting, mended
from mockserver.domain.accounts import Account
from mockserver.domain.timeline import Exchange

_ESCAPE, _NUL = "\x01", "\x00"


def storable(text: str) -> str:
    """A text of a merchant as every database can store it: without NUL, which JSON allows, and as valid UTF-8."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    if _NUL in text or _ESCAPE in text:
        return text.replace(_ESCAPE, _ESCAPE + "1").replace(_NUL, _ESCAPE + "0")
    return text


def restored(text: str) -> str:
    """The text that was made storable."""
    if _ESCAPE in text:
        return text.replace(_ESCAPE + "0", _NUL).replace(_ESCAPE + "1", _ESCAPE)
    return text


_encode = msgspec.msgpack.Encoder(enc_hook=bytes).encode
_decode = msgspec.msgpack.Decoder(Exchange).decode


def value_of(exchange: Exchange) -> bytes:
    """An exchange as it is stored: whole, as no statement looks into one."""
    try:
        return _encode(exchange)
    except UnicodeEncodeError:  # half of a surrogate pair
        return _encode([storable(one) if isinstance(one, str) else one for one in exchange])


def exchange_of(value: Any) -> Exchange:  # noqa: ANN401 - bytes of the driver
    """The exchange of a stored value."""
    return _decode(value)


def account_text(account: Account) -> str:
    """The settings of an account as JSON; its generation has a column of its own."""
    values = {field.name: getattr(account, field.name) for field in fields(account) if field.name != "generation"}
    return json.dumps(values)


def account_of(text: str, generation: int) -> Account:
    """The account with stored settings."""
    values = json.loads(text)
    return Account(**{**values, "clock": mended(ClockSetting(*values["clock"])), "generation": generation})
