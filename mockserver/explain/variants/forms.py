"""How a sign is written: the digests that a received text may stand for, and what is wrong with its form."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIZES = frozenset({16, 20, 28, 32, 48, 64})
"""Of digests, in bytes."""

_FEWEST_DIGITS = 16
_MOST_ZEROS_LOST = 16
_LONGEST_SIGN = 1000
_RIGHT_SIZE = 32
_PREFIX = re.compile(
    r"0[xX]|\{[\w-]+\}|.{1,60}[:=)|,\s]\s*(?=[\w+/])|[A-Za-z]\w{0,20}-(?=[\w+/]{43}=)"  # sha256=, (stdin)= , sha256-
)
_HEX = re.compile("[0-9a-fA-F]*")
_DASHED = re.compile("[0-9A-F]{2}(?:-[0-9A-F]{2})+")
_DIGITS_OF = [f"{byte:x}" for byte in range(256)]


class Form(NamedTuple):
    """What is wrong with how a sign is written: the mistakes, and a word on each."""

    mistakes: tuple[str, ...] = ()
    detail: str = ""


class Wanted(NamedTuple):
    """What a received text may stand for: whole digests, or what is left of one, as lower-case hexadecimal digits."""

    whole: Mapping[bytes, Form]
    rest: str = ""
    mistakes: tuple[str, ...] = ()

    @classmethod
    def by(cls, signature: str) -> Wanted:
        """Read a received sign."""
        if len(signature) > _LONGEST_SIGN:
            return cls({})
        whole: dict[bytes, Form] = {}
        rest, mistakes = "", ()
        for text, around in _unwrapped(signature):
            for digest, form in _decoded(text):
                if len(digest) in SIZES:
                    whole.setdefault(digest, Form((*around, *form.mistakes), form.detail))
            if (
                len(text) in range(_FEWEST_DIGITS, 2 * max(SIZES))
                and len(text) != 2 * _RIGHT_SIZE
                and _HEX.fullmatch(text)
            ):
                case = () if text == text.lower() else ("upper-case hex",)
                rest, mistakes = text.lower(), (*around, "sign cut short", *case)
        return cls(whole, rest, mistakes)

    @property
    def sizes(self) -> frozenset[int]:
        """Of the digests, in bytes; what is left of one that lost much is taken for the right hash's."""
        if self.whole or not self.rest:
            return frozenset({len(digest) for digest in self.whole})
        missing = {size: 2 * size - len(self.rest) for size in SIZES}
        return frozenset(size for size, lost in missing.items() if lost in range(1, 4) or size == _RIGHT_SIZE)

    def form(self, digest: bytes) -> Form | None:
        """What is wrong with the form if the text stands for this digest, None if it does not."""
        digits = digest.hex() if self.rest else ""
        may_be_cut = digits[-1:] == self.rest[-1:] or digits.startswith(self.rest)
        return self.whole.get(digest) or (self._cut(digest, digits) if may_be_cut else None)

    def _cut(self, digest: bytes, digits: str) -> Form | None:
        lost = len(digits) - len(self.rest)
        if lost <= 0:
            return None
        if digits.startswith(self.rest):
            return Form(self.mistakes, f"to its first {len(self.rest)} digits")
        if digits.endswith(self.rest):
            return Form(self.mistakes, f"to its last {len(self.rest)} digits")
        if lost <= _MOST_ZEROS_LOST and "".join([_DIGITS_OF[byte] for byte in digest]) == self.rest:
            return Form(self.mistakes, "as the first digit of a byte was not written where it is 0")
        return None


def _unwrapped(signature: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A text without what stands around it, and without what may be a prefix."""
    bare = signature.strip()
    around = () if bare == signature else ("white space around the sign",)
    yield bare, around
    prefix = _PREFIX.match(bare)
    if prefix:
        yield bare[prefix.end() :], (*around, "prefix before the sign")


def _decoded(text: str) -> Iterator[tuple[bytes, Form]]:
    if _DASHED.fullmatch(text):
        yield bytes.fromhex(text.replace("-", "")), Form(("upper-case hex",), "with dashes between the bytes")
        return
    if _is_hex(text):
        yield bytes.fromhex(text), Form() if text == text.lower() else Form(("upper-case hex",))
        return
    from urllib.parse import unquote  # noqa: PLC0415 - only a few signs need it

    for detail, read in (("", text), ("URL-encoded", unquote(text))):
        decoded = _from_base64(read)
        yield decoded, Form(("base64",), detail)
        digits = decoded.decode("ascii", "replace").strip()
        if _is_hex(digits):
            case = () if digits == digits.lower() else ("upper-case hex",)
            yield bytes.fromhex(digits), Form((*case, "base64"), "of the hexadecimal text")


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and _HEX.fullmatch(text) is not None


def _from_base64(text: str) -> bytes:
    """The bytes of a base64 text: standard or URL-safe, with or without padding and line breaks."""
    standard = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b""


def secret_sent(sign: str, secret_key: str) -> tuple[str, ...]:
    """The mistakes of a sign that is the secret key itself, perhaps as base64 or behind a prefix; none of any other."""
    as_base64 = base64.b64encode(secret_key.encode()).decode()
    for text, more in ((secret_key, ()), (as_base64, ("base64",)), (as_base64.rstrip("="), ("base64",))):
        before = sign.removesuffix(text) if text else sign
        if before != sign and (not before or _BEFORE_SECRET.fullmatch(before)):
            return ("secret sent as the sign", *more, *("prefix before the sign",) * bool(before))
    return ()


_BEFORE_SECRET = re.compile(r".{0,60}[^A-Za-z0-9]")

_SHAPES: Mapping[int, str] = {32: "MD5", 40: "SHA-1", 56: "SHA-224", 96: "SHA-384", 128: "SHA-512"}
_DIGITS = 64


def shape(signature: str) -> str:
    """A sentence about what a received sign looks like."""
    bare = signature.strip()
    if not bare:
        return "The sign is empty."
    if _HEX.fullmatch(bare):
        if len(bare) == _DIGITS:
            return "The sign has the right form, 64 hexadecimal digits, so a hash of 256 bits made it."
        maker = f", as {_SHAPES[len(bare)]} makes" if len(bare) in _SHAPES else ", which no common hash makes"
        return f"The sign has {len(bare)} hexadecimal digits{maker}, and not the 64 of HMAC-SHA256."
    if any(form.mistakes for form in Wanted.by(signature).whole.values()):
        return f"The sign has {len(bare)} characters, such as base64 or a prefix makes, and not 64 hexadecimal digits."
    return f"The sign is not hexadecimal: it has {len(bare)} characters, and 64 hexadecimal digits are expected."
