"""The one source of randomness: ids, transaction numbers and names, drawn from an account's seed.

Each id is a function of the seed, its purpose and a number, so runs with the same seed produce the same ids in any
process, without shared state. Shapes: protocol.md 5.6.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

_LETTERS = bytes.maketrans(b"+/", b"Kq")


class StoreNames(NamedTuple):
    """The names in an account's orders."""

    merchant: str
    store: str
    cashier: str


def new_seed() -> str:
    """A random seed: 16 hexadecimal digits."""
    return os.urandom(8).hex()


def new_secret_key() -> str:
    """A random secret key: 32 hexadecimal digits."""
    return new_seed() + new_seed()


def new_user() -> str:
    """A random UID: 9 and nine more digits."""
    return f"9{int.from_bytes(os.urandom(8), 'big') % 10**9:09d}"


def _digest(seed: str, purpose: str, number: int) -> bytes:
    return sha256(f"{seed}|{purpose}|{number}".encode()).digest()


def _uuid(seed: str, purpose: str, number: int) -> str:
    digits = sha256(f"{seed}|{purpose}|{number}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def _digits(seed: str, purpose: str, number: int, count: int) -> str:
    return str(int.from_bytes(_digest(seed, purpose, number), "big"))[-count:].zfill(count)


def draw(seed: str, purpose: str, number: int, least: int, most: int) -> int:
    """The nth integer of a purpose, from `least` to `most` inclusive."""
    return least + int.from_bytes(_digest(seed, purpose, number)[:8], "big") % (most - least + 1)


def trade_id(seed: str, number: int) -> str:
    """The gateway's id of an account's nth trade: 8-4-4-4-12 hexadecimal digits."""
    return _uuid(seed, "trade", number)


def yb_transaction_id(seed: str, number: int) -> str:
    """YabandPay's own unique id of a trade, in the same format."""
    return _uuid(seed, "yb_transaction", number)


def out_trade_no(seed: str, number: int) -> str:
    """The gateway's internal order number of a trade: 20 digits."""
    return _digits(seed, "out_trade", number, 20)


def wallet_transaction_id(seed: str, number: int) -> str:
    """The wallet's number of a trade: 28 digits, beginning like the published ones."""
    return "4200" + _digits(seed, "wallet", number, 24)


def payout_id(seed: str, number: int) -> str:
    """The gateway's id of an account's nth payout, in the format of a trade's."""
    return _uuid(seed, "payout", number)


def refund_transaction_id(seed: str, number: int) -> str:
    """YabandPay's own unique id of an account's nth refund, in the format of a trade's."""
    return _uuid(seed, "refund", number)


def authentication_id(seed: str, number: int) -> str:
    """The id of a payer's authentication by 3-D Secure."""
    return _uuid(seed, "3ds", number)


def stamped_number(seed: str, purpose: str, number: int, stamp: str) -> str:
    """A stamp of 14 digits and six more, unique among a million."""
    first = int.from_bytes(_digest(seed, purpose, 0)[:8], "big")
    return f"{stamp}{(first + number) % 10**6:06d}"


def clearing_digits(seed: str, purpose: str) -> str:
    """The last six digits of a clearing's number."""
    return _digits(seed, purpose, 0, 6)


def balance_id(seed: str) -> str:
    """The number of an account's balance: `WA` and 12 digits."""
    return f"WA{_digits(seed, 'balance', 0, 12)}"


def bank_account(seed: str) -> str:
    """The Dutch IBAN, with correct check digits, of the bank account that transfers to a merchant go to."""
    bban = f"SNDB{_digits(seed, 'bank_account', 0, 10)}"
    number = int("".join(str(int(letter, 36)) for letter in f"{bban}NL00"))
    return f"NL{98 - number % 97:02d}{bban}"


def merchant_id(seed: str) -> int:
    """The merchant's number in reports: six digits."""
    return 100_000 + int(_digits(seed, "merchant", 0, 5))


def mini_program_transaction_id(seed: str, number: int) -> str:
    """The number with which an Alipay mini program opens its cashier: 13 digits, then 23 letters and digits."""
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
    """Generated names of the account's merchant, store and cashier."""
    from faker import Faker  # noqa: PLC0415 - takes 90 ms to import

    fake = Faker("nl_NL")
    fake.seed_instance(int.from_bytes(_digest(seed, "names", 0), "big"))
    company = fake.company()
    return StoreNames(merchant=company, store=f"{company} {fake.city()}", cashier=fake.name())
