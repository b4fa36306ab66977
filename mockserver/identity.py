"""The one source of randomness: ids, transaction numbers and names, drawn from an account's seed.

Each id is a function of the seed, what it is for and a number, so two runs with the same seed give
the same ids, in any process, without a generator's state to share. Shapes: protocol.md 5.6.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

_LETTERS = bytes.maketrans(b"+/", b"Kq")


class StoreNames(NamedTuple):
    """The names that an account's orders carry."""

    merchant: str
    store: str
    cashier: str


def new_seed() -> str:
    """A seed that no other run has."""
    return os.urandom(8).hex()


def _digest(seed: str, purpose: str, number: int) -> bytes:
    return sha256(f"{seed}|{purpose}|{number}".encode()).digest()


def _uuid(seed: str, purpose: str, number: int) -> str:
    digits = _digest(seed, purpose, number).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def _digits(seed: str, purpose: str, number: int, count: int) -> str:
    return str(int.from_bytes(_digest(seed, purpose, number), "big"))[-count:].zfill(count)


def trade_id(seed: str, number: int) -> str:
    """The gateway's id of an account's nth trade: 8-4-4-4-12 hexadecimal digits."""
    return _uuid(seed, "trade", number)


def yb_transaction_id(seed: str, number: int) -> str:
    """YabandPay's own unique id of a trade, of the same shape."""
    return _uuid(seed, "yb_transaction", number)


def out_trade_no(seed: str, number: int) -> str:
    """The gateway's internal order number of a trade: 20 digits."""
    return _digits(seed, "out_trade", number, 20)


def wallet_transaction_id(seed: str, number: int) -> str:
    """The wallet's number of a trade: 28 digits, beginning like the published ones."""
    return "4200" + _digits(seed, "wallet", number, 24)


def mini_program_transaction_id(seed: str, number: int) -> str:
    """The number that an Alipay mini program opens its cashier with: 13 digits, then 23 letters and digits."""
    digest = _digest(seed, "mini_program", number)
    letters = base64.b64encode(digest).translate(_LETTERS).decode()
    return f"28166{int.from_bytes(digest[-4:], 'big') % 10**8:08d}{letters[:23]}"


def partner_id(seed: str) -> str:
    """The number of the account at WeChat: 10 digits."""
    return _digits(seed, "partner", 0, 10)


def token(seed: str, purpose: str, number: int) -> str:
    """32 hexadecimal digits, as wallets use them for nonces, prepayment ids and their own signatures."""
    return _digest(seed, purpose, number).hex()[:32].upper()


@lru_cache(maxsize=1024)
def store_names(seed: str) -> StoreNames:
    """Names of the account's merchant, store and cashier. Faker is imported on the first call."""
    from faker import Faker  # noqa: PLC0415 - costs 90 ms, which no start and no payment should pay

    fake = Faker("nl_NL")
    fake.seed_instance(int.from_bytes(_digest(seed, "names", 0), "big"))
    company = fake.company()
    return StoreNames(merchant=company, store=f"{company} {fake.city()}", cashier=fake.name())
