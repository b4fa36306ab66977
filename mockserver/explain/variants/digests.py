"""Mistakes in how the string becomes a digest: by which hash, and what is hashed with it."""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from mockserver.explain.variants.model import HIDDEN, Likelihood, Mistake, Stage, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.explain.variants.keys import Keyed

_COMMON_HASHES = ("sha256", "md5", "sha1", "sha512")
_RARE_HASHES = ("sha384", "sha3_256", "sha224", "sha3_512", "blake2b", "blake2s", "sm3")
_NAMED_ALONE = frozenset({"sha256", "md5"})
"""Hashes that are not worth a mention beside another mistake."""


def _label(name: str) -> str:
    return re.sub(r"^SHA(?=\d{1,3}$)", "SHA-", name.upper().replace("_", "-"))


def _hmac(name: str) -> Callable[[Keyed], bytes]:
    return lambda keyed: hmac.digest(keyed[1], keyed[0], name)


def _plain(name: str) -> Callable[[Keyed], bytes]:
    new = partial(getattr(hashlib, name, None) or partial(hashlib.new, name), usedforsecurity=False)
    return lambda keyed: new(keyed[0]).digest()


def _other_hashes() -> Iterator[Variant]:
    for name in (*_COMMON_HASHES, *_RARE_HASHES):
        if name in hashlib.algorithms_available:
            yield Variant(_hmac(name), f"HMAC-{_label(name)}")
            if name not in _NAMED_ALONE:
                yield Variant(_plain(name), _label(name))


_HASHINGS = ((_hmac, "HMAC-"), (_plain, ""))
_AS_PARAMETER = ("&app_secret=***", "&appSecret=***", "&secretKey=***", "&app_key=***", "&token=***")
_LIKELY_AFTER = [("", after) for after in ("***", "&key=***")]
_AFTER = [("", after) for after in ("&secret=***", "&secret_key=***", "&***", "key=***", *_AS_PARAMETER)]
_BEFORE = [(before, "") for before in ("***", "***&", "key=***&", "secret=***&", "secret_key=***&")]
_ON_BOTH_SIDES = [("***", "***"), ("***&", "&***")]


def _with_secret(*groups: list[tuple[str, str]]) -> Iterator[Variant]:
    """The secret key before or after the string, in each group first by plain hashes, then by HMACs."""
    for name, arounds in product(_COMMON_HASHES, groups):
        for (hashed, how), (before, after) in product(_HASHINGS[::-1], arounds):
            mistakes = ("secret prepended",) * bool(before) + ("secret appended",) * bool(after)
            if how and name == "sha256" and after in _AS_PARAMETER:
                mistakes = ("secret among the parameters",)
            elif name not in _NAMED_ALONE:
                mistakes += ("other hash",)
            detail = f"{how}{_label(name)} of {before}string{after}"
            yield Variant(_surrounded(before, after, hashed(name)), detail, mistakes, around=(before, after))


def _surrounded(before: str, after: str, hashed: Callable[[Keyed], bytes]) -> Callable[[Keyed], bytes]:
    """The hash of the string between what stands before and after it, which the key joins."""
    first, last = (part.encode().split(HIDDEN.encode()) for part in (before, after))
    return lambda keyed: hashed((keyed[1].join(first) + keyed[0] + keyed[1].join(last), keyed[1]))


def _twice() -> Iterator[Variant]:
    """The hash of a hash, of the first one's hexadecimal digits or of its bytes."""
    writings: tuple[tuple[Callable[[bytes], bytes], str], ...] = ((_hex, "hexadecimal digits"), (bytes, "bytes"))
    for name in _COMMON_HASHES:
        mistakes = ("hashed twice",) + ("other hash",) * (name not in _NAMED_ALONE)
        for (first, inner), (second, outer), (write, what) in product(_HASHINGS, _HASHINGS[::-1], writings):
            detail = f"{outer}{_label(name)} of the {what} of {inner}{_label(name)}"
            yield Variant(_again(first(name), write, second(name)), detail, mistakes)
        if name == "sha256":
            yield Variant(_again(_plain("md5"), _hex, _hmac(name)), "HMAC-SHA256 of the string's MD5")


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


def _again(
    first: Callable[[Keyed], bytes], write: Callable[[bytes], bytes], second: Callable[[Keyed], bytes]
) -> Callable[[Keyed], bytes]:
    return lambda keyed: second((write(first(keyed)), keyed[1]))


_USE_HMAC = "Use HMAC-SHA256 with the secret key as its key (hash_hmac, hmac.new, Mac)."
_USE_HMAC_OF_STRING = "Use the HMAC-SHA256 of the string alone, with the secret key as its key."
MISTAKES = (
    Mistake(
        "plain SHA-256",
        "The string was hashed with plain SHA-256, without a key.",
        _USE_HMAC,
        {Stage.DIGEST: (Variant(_plain("sha256")),)},
        Likelihood.COMMON,
    ),
    Mistake(
        "secret appended",
        "The secret key was appended to the string that was hashed.",
        _USE_HMAC_OF_STRING,
        {Stage.DIGEST: tuple(_with_secret(_LIKELY_AFTER, _AFTER))},
        Likelihood.COMMON,
    ),
    Mistake(
        "secret prepended",
        "The secret key was prepended to the string that was hashed.",
        _USE_HMAC_OF_STRING,
        {Stage.DIGEST: tuple(_with_secret(_BEFORE + _ON_BOTH_SIDES))},
        Likelihood.RARE,
    ),
    Mistake(
        "plain MD5",
        "The string was hashed with plain MD5, without a key.",
        _USE_HMAC,
        {Stage.DIGEST: (Variant(_plain("md5")),)},
    ),
    Mistake(
        "hashed twice",
        "The string was hashed twice.",
        "Compute one HMAC-SHA256 of the string, and send its hexadecimal digits.",
        {Stage.DIGEST: tuple(_twice())},
        Likelihood.RARE,
    ),
    Mistake(
        "other hash",
        "The hash that was used is not HMAC-SHA256.",
        "Use HMAC-SHA256 (hash_hmac('sha256', …)).",
        {Stage.DIGEST: tuple(_other_hashes())},
        Likelihood.RARE,
    ),
    Mistake(
        "key and text swapped",
        "The key and the string were swapped.",
        "Swap them: hash_hmac('sha256', $string, $key), or hmac.new(key, string, sha256).",
        {Stage.DIGEST: (Variant(lambda keyed: hmac.digest(keyed[0], keyed[1], "sha256")),)},
        Likelihood.RARE,
    ),
)
