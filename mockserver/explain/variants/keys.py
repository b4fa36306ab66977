"""Mistakes with the secret key: which key is used, and what has become of it on its way to the program."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from mockserver.domain.accounts import DEFAULT_SECRET_KEY
from mockserver.explain.variants.escaping import URL_ENCODERS, Change
from mockserver.explain.variants.model import Likelihood, Message, Mistake, Stage, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Keyed = tuple[bytes, bytes]
"""The bytes of the string, and the key."""

_PLACEHOLDERS = (
    "secret_key", "your_secret_key", "your-secret-key", "YOUR_SECRET_KEY", "secret", "key", "secretKey", "your_secret",
    "SECRET_KEY", "SECRET", "null", "undefined", "None", "xxx", "test", "changeme", "your secret key",
    "wrong-key", "wrong_key", "wrong key", "wrong-secret", "another key", "another-key", "other-key", "invalid-key",
    "invalid", "bad-key", "fake-key", "dummy", "password", "123456", "12345678",
)  # fmt: skip
_READERS: tuple[tuple[str, Callable[[str], bytes]], ...] = (
    ("from hexadecimal", bytes.fromhex),
    ("from base64", partial(base64.b64decode, validate=True)),
    ("from base64", lambda key: base64.urlsafe_b64decode(key + "==")),
    ("encoded as base64 rather", lambda key: base64.b64encode(key.encode())),
    ("written as hexadecimal rather", lambda key: key.encode().hex().encode()),
    ("written as hexadecimal in capitals rather", lambda key: key.encode().hex().upper().encode()),
    ("encoded as UTF-16 rather", lambda key: key.encode("utf-16-le")),
    ("encoded as UTF-16, big end first, rather", lambda key: key.encode("utf-16-be")),
    ("printed as Python's b'…' rather", lambda key: repr(key.encode()).encode()),
    ("written as JSON rather", lambda key: json.dumps(key).encode()),
)


def with_key(key: str | bytes) -> Callable[[bytes], Keyed]:
    """A step that takes a key for the digest."""
    content = key.encode() if isinstance(key, str) else key
    return lambda text: (text, content)


def _changed_key(*changes: Change) -> Callable[[Message], Iterator[Variant]]:
    """What makes the variants that sign with a changed key; those of a key that it does not change are left out."""

    def variants(message: Message) -> Iterator[Variant]:
        for detail, change in changes:
            if (changed := change(message.secret_key)) != message.secret_key:
                yield Variant(with_key(changed), detail)

    return variants


def _until(mark: str) -> Change:
    return f"up to {mark}", lambda key: key.partition(mark)[0] or key


def _after(mark: str) -> Change:
    return f"after {mark}", lambda key: key.partition(mark)[2] or key


def _around(before: str, after: str) -> Change:
    return f"{before}…{after}", lambda key: f"{before}{key}{after}"


def _escapes_read(key: str) -> str:
    """As a program or a shell reads a text in double quotes."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(found[1], found[1]), key)


_QUOTES = (
    ('"', '"'), ("'", "'"), ("`", "`"), ('\\"', '\\"'), ("\u201c", "\u201d"), ("\u2018", "\u2019"),
    ("\u201d", "\u201d"), ("\u00ab", "\u00bb"),
    ("\u300c", "\u300d"), ('"', ""), ("", '"'), ("'", ""), ("", "'"), ("<", ">"), ("[", "]"), ("{", "}"), ("(", ")"),
    ("${", "}"), ("%", "%"),
    ("'\"", "\"'"), ("\"'", "'\""),
)  # fmt: skip
_WITH_MORE = (
    ("", ";"), ("", ","), ("Bearer ", ""), ("secret_key=", ""), ("SECRET_KEY=", ""), ("YABANDPAY_SECRET_KEY=", ""),
    ("key=", ""), ("secret=", ""), ("=", ""), (":", ""), ("sk_", ""), ("test_", ""), ("sk_test_", ""), ("sk_live_", ""),
    ("", "&"),
)  # fmt: skip


def _decoded_keys(message: Message) -> Iterator[Variant]:
    for detail, read in _READERS:
        with suppress(ValueError):
            if content := read(message.secret_key):
                yield Variant(with_key(content), detail)


def _hashed_keys(message: Message) -> Iterator[Variant]:
    key = message.secret_key.encode()
    digests = [(name.upper(), hashlib.new(name, key, usedforsecurity=False)) for name in ("md5", "sha1", "sha256")]
    yield from [Variant(with_key(digest.hexdigest()), name) for name, digest in digests]
    for name, digest in digests:
        yield Variant(with_key(digest.hexdigest().upper()), f"{name} in upper case")
        yield Variant(with_key(digest.digest()), f"{name}, the bytes")


def _cut_keys(message: Message) -> Iterator[Variant]:
    key = message.secret_key
    yield Variant(with_key(key[:-1]), "without its last character")
    yield Variant(with_key(key[1:]), "without its first character")
    yield from _changed_key(*map(_until, _ENDS_OF_KEYS), *map(_after, _ENDS_OF_KEYS))(message)
    for length in (8, 16, 24, 32, 64):
        if length < len(key):
            yield Variant(with_key(key[:length]), f"to {length} characters")
            yield Variant(with_key(key[-length:]), f"to its last {length} characters")


_ENDS_OF_KEYS = ("#", "$", "&", "=", "+", "%", ";", ":", ",", "!", "'", '"', "\\", "/", "_", "-", ".", " ")
"""At which a shell, a URL or a configuration file may end a value."""


_CHANGES_ON_THE_WAY: tuple[Change, ...] = (
    ("as a form's value is decoded", unquote_plus),
    ("as a URL is decoded", unquote),
    *[(f"URL-encoded {how}", change) for how, change in URL_ENCODERS],
    ("escaped for HTML", html.escape),
    ("escaped for HTML, without quotes", partial(html.escape, quote=False)),
    ("escaped for HTML, as PHP does", lambda key: html.escape(key).replace("&#x27;", "&#039;")),
    ("decoded as HTML", html.unescape),
    ("with escaped slashes", lambda key: key.replace("/", "\\/")),
    ("with escaped quotes and backslashes", lambda key: re.sub(r"([\\'\"])", r"\\\1", key)),
    ("with doubled backslashes", lambda key: key.replace("\\", "\\\\")),
    ("without its backslashes", lambda key: key.replace("\\", "")),
    ("its escapes read", _escapes_read),
    ("\\n read as a line end", lambda key: key.replace("\\n", "\n")),
    ("with $ and what follows taken for a variable", lambda key: re.sub(r"\$\w+|\$\{\w*\}", "", key)),
    ("with $ and one character taken for a variable", lambda key: re.sub(r"\$\w", "", key)),
    ("with $$ read as $", lambda key: key.replace("$$", "$")),
    ("with $ doubled", lambda key: key.replace("$", "$$")),
    ("with % doubled", lambda key: key.replace("%", "%%")),
    ("without %", lambda key: key.replace("%", "")),
    ("without !", lambda key: key.replace("!", "")),
    ("without quotes", lambda key: re.sub("['\"`]", "", key)),
    ("without dashes", lambda key: key.replace("-", "")),
    ("without underscores", lambda key: key.replace("_", "")),
    ("with underscores for dashes", lambda key: key.replace("-", "_")),
    ("with dashes for underscores", lambda key: key.replace("_", "-")),
    ("with long dashes", lambda key: key.replace("-", "\u2013")),
    ("with curly quotes", lambda key: key.replace("'", "\u2019")),
    ("without what is not ASCII", lambda key: key.encode("ascii", "ignore").decode()),
    ("with ? for what is not ASCII", lambda key: key.encode("ascii", "replace").decode()),
    ("without what is not a letter or digit", lambda key: re.sub("[^A-Za-z0-9]", "", key)),
)


def _keys_with_more(message: Message) -> Iterator[Variant]:
    user = str(message.parameters.get("user", ""))
    more = (*_WITH_MORE, (user, ""), ("", user), (f"{user}:", ""), (f"{user}_", ""))
    yield from _changed_key(*[_around(*texts) for texts in more])(message)
    key = message.secret_key
    yield Variant(with_key(key + key), "twice")


MISTAKES = (
    Mistake(
        "key with white space",
        "The secret key was used with extra or missing white space around it.",
        "Copy the secret key without spaces and line breaks, and trim it where you load it.",
        {
            Stage.KEY: _changed_key(
                ("a line feed after it", "{}\n".format),
                ("a space before it", " {}".format),
                ("a space after it", "{} ".format),
                ("\\r\\n after it", "{}\r\n".format),
                ("\\r\\n before it", "\r\n{}".format),
                ("a line feed before it", "\n{}".format),
                ("a byte order mark before it", "\ufeff{}".format),
                ("a no-break space after it", "{}\xa0".format),
                ("a no-break space before it", "\xa0{}".format),
                ("a zero-width space after it", "{}\u200b".format),
                ("a zero-width space before it", "\u200b{}".format),
                ("a zero byte after it", "{}\0".format),
                ("a tab after it", "{}\t".format),
                ("a tab before it", "\t{}".format),
                ("\\r after it", "{}\r".format),
                ("\\r before it", "\r{}".format),
                ("a space on both sides", " {} ".format),
                ("the stored key has some, the client's has none", str.strip),
            )
        },
    ),
    Mistake(
        "key of another account",
        "The secret key of another account was used.",
        "Use the secret key of the account whose user you send.",
        {
            Stage.KEY: lambda message: (
                Variant(with_key(key), f"user {user}") for user, key in message.other_keys.items()
            )
        },
    ),
    Mistake(
        "key in quotes",
        "The secret key was used with quotes around it.",
        "Remove the quotes around the secret key.",
        {Stage.KEY: _changed_key(*[_around(*quotes) for quotes in _QUOTES])},
        Likelihood.RARE,
    ),
    Mistake(
        "key with more",
        "The secret key was used with more text before or after it.",
        "Use the secret key alone, without its name, a prefix or a punctuation mark.",
        {Stage.KEY: _keys_with_more},
        Likelihood.RARE,
    ),
    Mistake(
        "key cut",
        "The secret key was truncated.",
        "Use the whole secret key.",
        {Stage.KEY: _cut_keys},
        Likelihood.RARE,
    ),
    Mistake(
        "key escaped",
        "The secret key was changed on its way to your program.",
        "Print the secret key where you sign, and compare it with the account's: a URL, a shell, HTML or a file of "
        "settings may have changed characters such as + % & $ # and the backslash.",
        {Stage.KEY: _changed_key(*_CHANGES_ON_THE_WAY)},
        Likelihood.RARE,
    ),
    Mistake(
        "sandbox's key",
        "The sandbox's default secret key was used, not that of this account.",
        "Use the secret key of the account whose user you send.",
        {Stage.KEY: (Variant(with_key(DEFAULT_SECRET_KEY)),)},
    ),
    Mistake(
        "key in other case",
        "The case of the secret key was changed.",
        "Use the secret key exactly as the account has it.",
        {Stage.KEY: _changed_key(("lower case", str.lower), ("upper case", str.upper))},
        Likelihood.RARE,
    ),
    Mistake(
        "empty key",
        "The key was empty.",
        "Check that your configuration is loaded and contains the secret key.",
        {Stage.KEY: (Variant(with_key("")),)},
        Likelihood.RARE,
    ),
    Mistake(
        "user as key",
        "The user was used as the key.",
        "Use the account's secret key as the key.",
        {Stage.KEY: lambda message: (Variant(with_key(str(message.parameters.get("user", "")))),)},
        Likelihood.RARE,
    ),
    Mistake(
        "placeholder as key",
        "A placeholder was used as the key.",
        "Replace the placeholder with the account's secret key.",
        {Stage.KEY: [Variant(with_key(text), text) for text in _PLACEHOLDERS]},
        Likelihood.RARE,
    ),
    Mistake(
        "key decoded",
        "The secret key was decoded or encoded before it was used.",
        "Use the text of the secret key as it is; do not decode or encode it.",
        {Stage.KEY: _decoded_keys},
        Likelihood.RARE,
    ),
    Mistake(
        "key hashed",
        "The secret key was hashed before it was used.",
        "Use the secret key itself as the key.",
        {Stage.KEY: _hashed_keys},
        Likelihood.RARE,
    ),
)
