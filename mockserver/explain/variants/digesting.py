"""The string becomes a sign: with which key, and by which hash."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from mockserver.explain.variants.line import HIDDEN, Message, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from hashlib import _Hash

_Keyed = tuple[bytes, bytes]
_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_PLACEHOLDERS = (
    "secret_key", "your_secret_key", "your-secret-key", "YOUR_SECRET_KEY", "secret", "key", "secretKey", "your_secret",
    "SECRET_KEY", "SECRET", "null", "undefined", "None", "xxx", "test", "changeme", "your secret key",
)  # fmt: skip
_SPACES = ((" ", "a space"), ("\r\n", "\\r\\n"), ("\n", "a line feed"), ("\t", "a tab"), ("\r", "\\r"))
_KEY_LENGTHS = (8, 16, 24, 32, 64)
_CASES = (str.lower, str.upper)


def with_key(message: Message) -> Callable[[bytes], _Keyed]:
    """The right step: the account's key."""
    return partial(_with, key=message.secret_key.encode())


def hmac_sha256(message: Message) -> Callable[[_Keyed], bytes]:
    """The right step: HMAC-SHA256, with the account's key as `signed` does it."""
    return partial(_hmac_sha256, right=message.secret_key.encode(), sign=signed(message)(bytes))


def signed(message: Message) -> Callable[[Callable[[Any], bytes]], Callable[[Any], bytes]]:
    """The last right steps at once: HMAC-SHA256, prepared for the account's key, as most strings are signed so.

    They follow one that makes bytes.
    """
    key = message.secret_key.encode()
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))
    return lambda encode: partial(_signed, encode=encode, inner=inner.copy, outer=outer.copy)


def _hmac_sha256(keyed: _Keyed, right: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    text, key = keyed
    return sign(text) if key is right or key == right else hmac.digest(key, text, "sha256")


def _signed(
    state: Any,  # noqa: ANN401 - see Step
    encode: Callable[[Any], bytes],
    inner: Callable[[], _Hash],
    outer: Callable[[], _Hash],
) -> bytes:
    inside, outside = inner(), outer()
    inside.update(encode(state))
    outside.update(inside.digest())
    return outside.digest()


def _with(text: bytes, key: bytes) -> _Keyed:
    return text, key


def of_keys(message: Message) -> Iterator[Way]:
    """Ways to use another key."""
    for mistake, detail, key in _keys(message):
        yield Way((mistake,), partial(_with, key=key.encode() if isinstance(key, str) else key), detail)


def _keys(message: Message) -> Iterator[tuple[str, str, str | bytes]]:
    key = message.secret_key
    yield "key with white space", "a line feed after it", f"{key}\n"
    yield "key with white space", "a space before it", f" {key}"
    for space, name in _SPACES:
        yield "key with white space", f"{name} after it", key + space
        yield "key with white space", f"{name} before it", space + key
    yield "key with white space", "a space on both sides", f" {key} "
    yield "key with white space", "the stored key has some, the client's has none", key.strip()
    for user, other in message.other_keys.items():
        yield "key of another account", f"user {user}", other
    for mark in ('"', "'", "`"):
        yield "key in quotes", mark, f"{mark}{key}{mark}"
    for change, name in zip(_CASES, ("lower case", "upper case"), strict=True):
        yield "key in other case", name, change(key)
    yield "empty key", "", ""
    yield "user as key", "", str(message.parameters.get("user", ""))
    for text in _PLACEHOLDERS:
        yield "placeholder as key", text, text
    yield from _decoded(key)
    yield from _hashed_keys(key)
    yield from _cut(key)


def _decoded(key: str) -> Iterator[tuple[str, str, bytes]]:
    readers: tuple[tuple[str, Callable[[str], bytes]], ...] = (
        ("from hexadecimal", bytes.fromhex),
        ("from base64", partial(base64.b64decode, validate=True)),
        ("from base64", lambda text: base64.urlsafe_b64decode(text + "==")),
    )
    for detail, read in readers:
        decoded = _read(key, read)
        if decoded:
            yield "key decoded", detail, decoded
    yield "key decoded", "encoded as base64 rather", base64.b64encode(key.encode())
    yield "key decoded", "written as hexadecimal rather", key.encode().hex().encode()


def _read(key: str, read: Callable[[str], bytes]) -> bytes:
    try:
        return read(key)
    except (ValueError, binascii.Error):
        return b""


def _hashed_keys(key: str) -> Iterator[tuple[str, str, str | bytes]]:
    digests = [(name, hashlib.new(name, key.encode(), usedforsecurity=False)) for name in ("md5", "sha1", "sha256")]
    yield from [("key hashed", name.upper(), digest.hexdigest()) for name, digest in digests]
    for name, digest in digests:
        yield "key hashed", f"{name.upper()} in upper case", digest.hexdigest().upper()
        yield "key hashed", f"{name.upper()}, the bytes", digest.digest()


def _cut(key: str) -> Iterator[tuple[str, str, str]]:
    yield "key cut", "without its last character", key[:-1]
    yield "key cut", "without its first character", key[1:]
    for length in _KEY_LENGTHS:
        yield "key cut", f"to {length} characters", key[:length]


_COMMON_HASHES = ("sha256", "md5", "sha1", "sha512")
_RARE_HASHES = ("sha384", "sha3_256", "sha224", "sha3_512", "blake2b", "blake2s", "sm3")
_APPENDED = ("***", "&key=***", "&secret=***", "&secret_key=***", "&***", "key=***")
_APPENDED_AS_PARAMETER = ("&app_secret=***", "&appSecret=***", "&secretKey=***", "&app_key=***", "&token=***")
_AROUND = (
    *[("", after) for after in (*_APPENDED, *_APPENDED_AS_PARAMETER)],
    *[(before, "") for before in ("***", "***&", "key=***&", "secret=***&", "secret_key=***&")],
    ("***", "***"),
    ("***&", "&***"),
)
_AMONG = ("secret among the parameters",)
_IMPLIED = frozenset({"sha256", "md5"})
_PLAIN = {"sha256": "plain SHA-256", "md5": "plain MD5"}


def of_digests(_message: Message) -> Iterator[Way]:
    """Ways to hash the string otherwise, with the key in it or without any."""
    for name in _COMMON_HASHES:
        yield from _in_place(name)
        yield from _with_secret_inside(name)
        yield from [Way(_named("hashed twice", name), step, detail) for step, detail in _twice(name)]
    for name in _RARE_HASHES:
        if name in hashlib.algorithms_available:
            yield from _in_place(name)
    yield Way(("key and text swapped",), _swapped)


def _named(mistake: str, name: str) -> tuple[str, ...]:
    return (mistake,) if name in _IMPLIED else (mistake, "other hash")


def _label(name: str) -> str:
    return re.sub(r"^SHA(?=\d{1,3}$)", "SHA-", name.upper().replace("_", "-"))


def _in_place(name: str) -> Iterator[Way]:
    """The hash in place of HMAC-SHA256, with the key as a key or without any key."""
    yield Way(("other hash",), _hmac(name), f"HMAC-{_label(name)}")
    if name in _PLAIN:
        yield Way((_PLAIN[name],), _plain(name))
    else:
        yield Way(("other hash",), _plain(name), _label(name))


def _with_secret_inside(name: str) -> Iterator[Way]:
    for arounds in (_AROUND[:2], _AROUND[2:]):
        for hashed, how in ((_plain, ""), (_hmac, "HMAC-")):
            for before, after in arounds:
                sides = ("secret prepended",) * bool(before) + ("secret appended",) * bool(after)
                mistakes = sides if name in _IMPLIED else (*sides, "other hash")
                if how and name == "sha256" and after in _APPENDED_AS_PARAMETER:
                    mistakes = _AMONG
                first, last = (part.encode().split(HIDDEN.encode()) for part in (before, after))
                step = partial(_surrounded, before=first, after=last, hashed=hashed(name))
                yield Way(mistakes, step, f"{how}{_label(name)} of {before}string{after}", around=(before, after))


def _hmac(name: str) -> Callable[[_Keyed], bytes]:
    return lambda keyed: hmac.digest(keyed[1], keyed[0], name)


def _plain(name: str) -> Callable[[_Keyed], bytes]:
    new = partial(getattr(hashlib, name, None) or partial(hashlib.new, name), usedforsecurity=False)
    return lambda keyed: new(keyed[0]).digest()


def _surrounded(keyed: _Keyed, before: list[bytes], after: list[bytes], hashed: Callable[[_Keyed], bytes]) -> bytes:
    """The hash of the string between what stands before and after it, which the key joins."""
    text, key = keyed
    return hashed((key.join(before) + text + key.join(after), key))


def _twice(name: str) -> Iterator[tuple[Callable[[_Keyed], bytes], str]]:
    """The hash of a hash, of the first one's hexadecimal digits or of its bytes."""
    label = _label(name)
    for first, what in ((_hmac, f"HMAC-{label}"), (_plain, label)):
        for second, outer in ((_plain, label), (_hmac, f"HMAC-{label}")):
            for write, how in ((_hex, "hexadecimal digits"), (bytes, "bytes")):
                step = partial(_again, first=first(name), write=write, second=second(name))
                yield step, f"{outer} of the {how} of {what}"
    if name == "sha256":
        yield partial(_again, first=_plain("md5"), write=_hex, second=_hmac(name)), "HMAC-SHA256 of the string's MD5"


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


def _again(
    keyed: _Keyed, first: Callable[[_Keyed], bytes], write: Callable[[bytes], bytes], second: Callable[[_Keyed], bytes]
) -> bytes:
    return second((write(first(keyed)), keyed[1]))


def _swapped(keyed: _Keyed) -> bytes:
    text, key = keyed
    return hmac.digest(text, key, "sha256")
