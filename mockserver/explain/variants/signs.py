"""Mistakes in how a sign is written: the digests that a text may stand for, and what is wrong with its form.

A text is read in steps: each takes away what was put around a digest, or undoes one way of writing it, and has the name
of the mistake that it is to write it so. Every text that the steps lead to is read again, so any of them are found
together. What cannot be undone, such as lost zeros, is compared with each digest that the search makes.
"""

from __future__ import annotations

import ast
import base64
import binascii
import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from mockserver.explain.variants.model import Mistake
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SIZES = frozenset({16, 20, 28, 32, 48, 64})
"""Of digests, in bytes."""

_FEWEST_DIGITS = 16
_FEWEST_DIFFERENT = 6
_LONGEST_SIGN = 1000
_MOST_READINGS = 60
_RIGHT_SIZE = 32
_LEAST_BYTE = -128  # of Java
_HEX = re.compile("[0-9a-fA-F]*")


class SignForm(NamedTuple):
    """What is wrong with how a sign is written: the mistakes, and a word on them."""

    mistakes: tuple[str, ...] = ()
    detail: str = ""

    def after(self, mistake: str, detail: str) -> SignForm:
        """The same with one more mistake."""
        details = ", ".join(filter(None, (self.detail, detail)))
        return SignForm(tuple(dict.fromkeys((*self.mistakes, mistake))), details)


_Reading = tuple[str, str, str]
"""The text that is left, the mistake, and a word on it."""

_AROUND = (
    ('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("\u2018", "\u2019"), ("(", ")"), ("[", "]"), ("{", "}"),
    ("<", ">"),
)  # fmt: skip
_PREFIX = re.compile(
    r"0[xX]|\{[\w-]+\}|.{1,60}[:=)|,\s]\s*(?=[\w+/])|[A-Za-z]\w{0,20}-(?=[\w+/]{43}=)"  # sha256=, (stdin)= , sha256-
)
_ESCAPED_END = re.compile(r"(?:\\[rn])+")
_SEPARATED = re.compile(r"[0-9a-fA-F]{2,8}(?:([-:. ,_])[0-9a-fA-F]{2,8}(?:\1[0-9a-fA-F]{2,8})*)")
_SEPARATORS = {"-": "dashes", ":": "colons", ".": "dots", " ": "spaces", ",": "commas", "_": "underscores"}
_PYTHON_BYTES = re.compile(r"""b(?:'.*'|".*")""", re.DOTALL)
_BUFFER = re.compile(r"<?Buffer((?: [0-9a-f]{2})+)>?")
_NUMBERS = re.compile(r'(?:\{"type": ?"Buffer", ?"data": ?)?([\[({]?\s*-?\d{1,3}(?:[\s,;]+-?\d{1,3})+\s*[\])}]*)')
_DECIMAL = re.compile(r"-?\d{65,80}")
_WRITTEN = re.compile(rb"[A-Za-z0-9+/_-]+=*")
_MINUS = re.compile(r"-[0-9a-fA-F]{1,64}")
_BASE32 = re.compile(r"[A-Z2-7]{52}(?:====)?")


def _without_surroundings(text: str) -> Iterator[_Reading]:
    if (bare := text.strip()) != text:
        yield bare, "white space around the sign", ""
    if (end := _ESCAPED_END.search(text)) and end.end() == len(text):
        yield text[: end.start()], "white space around the sign", f"written as {end.group()}"
    for opening, closing in _AROUND:
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            yield text[1:-1], "quotes around the sign", f"{opening} and {closing}"
    if prefix := _PREFIX.match(text):
        yield text[prefix.end() :], "prefix before the sign", ""
    if (separated := _SEPARATED.fullmatch(text)) is not None:
        yield (
            text.replace(separated[1], ""),
            "separators in the sign",
            f"{_SEPARATORS[separated[1]]} between the digits",
        )
    if "%" in text and (plain := unquote(text)) != text:
        yield plain, "sign encoded twice", "URL-encoded"


def _without_encoding(text: str) -> Iterator[_Reading]:
    """The text whose encoded form was sent as the sign."""
    if _PYTHON_BYTES.fullmatch(text) and (content := _evaluated(text)).isascii() and content:
        yield content.decode(), "sign as printed", "as Python's b'…'"
    if _is_hex(text) and (inner := _text_in(bytes.fromhex(text))):
        yield inner, "sign encoded twice", "the hexadecimal digits of its text"
    if text == text.strip() and (inner := _text_in(_from_base64(text))):
        yield inner, "base64", "of the text of the sign"


def _bytes_of(text: str) -> Iterator[tuple[bytes, SignForm]]:
    """The digests that a text is a form of."""
    if _is_hex(text):
        form = SignForm() if text == text.lower() else SignForm(("upper-case hex",))
        yield bytes.fromhex(text), form
        return
    if text == text.strip():
        yield _from_base64(text), SignForm(("base64",))
    printed = "sign as printed"
    if _PYTHON_BYTES.fullmatch(text):
        yield _evaluated(text), SignForm((printed,), "as Python's b'…'")
    if buffer := _BUFFER.fullmatch(text):
        yield bytes.fromhex(buffer[1]), SignForm((printed,), "as Node's <Buffer …>")
    if listed := _NUMBERS.fullmatch(text):
        numbers = [int(number) for number in re.findall(r"-?\d+", listed[1])]
        with suppress(ValueError):
            yield (
                bytes([number % 256 if number >= _LEAST_BYTE else 256 for number in numbers]),
                SignForm((printed,), _AS_NUMBERS),
            )
    if _DECIMAL.fullmatch(text):
        yield _of_number(int(text)), SignForm((printed,), "as one decimal number")
    if _MINUS.fullmatch(text):
        yield _of_number(int(text, 16)), SignForm((printed,), "as Java's BigInteger, with a sign")
    if _BASE32.fullmatch(text):
        yield base64.b32decode(text[:52] + "===="), SignForm((printed,), "as base32")
    if len(text) in SIZES and max(text) <= "\xff":
        yield text.encode("latin-1"), SignForm((printed,), "as the bytes themselves")


_AS_NUMBERS = "as the numbers of its bytes"


def _of_number(number: int) -> bytes:
    try:
        return number.to_bytes(_RIGHT_SIZE, "big", signed=number < 0)
    except OverflowError:
        return b""


def _evaluated(text: str) -> bytes:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return b""
    return value if isinstance(value, bytes) else b""


def _text_in(content: bytes) -> str:
    """The text that bytes are, if it can be a sign; or nothing."""
    return content.decode() if len(content) >= _FEWEST_DIGITS and _WRITTEN.fullmatch(content) else ""


_LOSSY: tuple[tuple[str, str, Callable[[bytes], str]], ...] = (
    (
        "sign cut short",
        "as the first digit of a byte was not written where it is 0",
        lambda digest: "".join([f"{byte:x}" for byte in digest]),
    ),
    (
        "sign as printed",
        "with ffffff before each negative byte of Java",
        lambda digest: "".join([f"{byte:02x}" if byte < 128 else f"ffffff{byte:x}" for byte in digest]),  # noqa: PLR2004 - the first negative byte
    ),
    (
        "sign as printed",
        "with ffffff before each negative byte of Java, and without leading zeros",
        lambda digest: "".join([f"{byte:x}" if byte < 128 else f"ffffff{byte:x}" for byte in digest]),  # noqa: PLR2004 - the first negative byte
    ),
    ("sign as printed", "as bytes that were read as UTF-8", lambda digest: digest.decode("utf-8", "replace")),
)
"""Ways of writing a digest that lose some of it."""


class WantedDigests(NamedTuple):
    """What a received text may stand for: whole digests, or texts to which a digest may have been shortened."""

    whole: Mapping[bytes, SignForm]
    rests: Mapping[str, SignForm] = {}

    @classmethod
    def by(cls, signature: str) -> WantedDigests:
        """Read a received sign."""
        whole: dict[bytes, SignForm] = {}
        rests: dict[str, SignForm] = {}
        for text, form in _readings(signature) if len(signature) <= _LONGEST_SIGN else ():
            for digest, own in _bytes_of(text):
                if len(digest) in SIZES and not _is_made_up(digest.hex()):
                    whole.setdefault(digest, SignForm((*form.mistakes, *own.mistakes), own.detail or form.detail))
            if _may_be_rest(text):
                is_upper = text != text.lower() and _HEX.fullmatch(text) is not None
                case = ("upper-case hex",) if is_upper else ()
                rests.setdefault(text.lower() if is_upper else text, SignForm((*form.mistakes, *case)))
        return cls(whole, rests)

    @property
    def sizes(self) -> frozenset[int]:
        """Of the digests, in bytes; what is left of one that lost much is taken for the right hash's."""
        if self.whole or not self.rests:
            return frozenset({len(digest) for digest in self.whole})
        missing = {size: 2 * size - length for size in SIZES for length in map(len, self.rests)}
        return frozenset(size for size, lost in missing.items() if lost in range(1, 4) or size == _RIGHT_SIZE)

    def form(self, digest: bytes) -> SignForm | None:
        """What is wrong with the form if the text stands for this digest, None if it does not."""
        found = self.whole.get(digest)
        if found is None and self.rests:
            digits = digest.hex()
            for rest, form in self.rests.items():
                if (lost := _lost(digest, digits, rest)) is not None:
                    return form.after(*lost)
        return found


def _is_made_up(digits: str) -> bool:
    """Whether hexadecimal digits are too regular for a digest, such as 000… or abab…."""
    return len(digits) >= 2 * min(SIZES) and len(set(digits)) < _FEWEST_DIFFERENT


def _readings(signature: str) -> Iterator[tuple[str, SignForm]]:
    """The text, and all that may be in it."""
    waiting, seen = deque([(signature, SignForm())]), {signature}
    while waiting and len(seen) <= _MOST_READINGS:
        text, form = waiting.popleft()
        yield text, form
        for read in (_without_surroundings, _without_encoding):
            for inner, mistake, detail in read(text):
                if inner not in seen:
                    seen.add(inner)
                    waiting.append((inner, form.after(mistake, detail)))


def _may_be_rest(text: str) -> bool:
    if _HEX.fullmatch(text):
        return len(text) >= _FEWEST_DIGITS and len(text) != 2 * _RIGHT_SIZE
    return len(text) in range(_FEWEST_DIGITS, 2 * _RIGHT_SIZE) and "\ufffd" in text


def _lost(digest: bytes, digits: str, rest: str) -> tuple[str, str] | None:
    """The mistake by which a rest is left of a digest, and a word on it; None if it is not."""
    if len(rest) < len(digits):
        if digits.startswith(rest):
            return "sign cut short", f"to its first {len(rest)} digits"
        if digits.endswith(rest):
            zeros = not digits[: -len(rest)].strip("0")
            return "sign cut short", "as its leading zeros are missing" if zeros else f"to its last {len(rest)} digits"
    if digits[-1] == rest[-1] or not rest.isascii():
        for mistake, detail, write in _LOSSY:
            if write(digest) == rest:
                return mistake, detail
    return None


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


def is_altered(sign: str, right: str) -> bool:
    """Whether only a few of the digits of the right sign were changed."""
    return len(sign) == len(right) and 0 < sum(map(str.__ne__, sign, right)) <= _MOST_ALTERED


_MOST_ALTERED = 8


def type_sent(sign: str) -> bool:
    """Whether a sign is what a program prints in place of an object or of nothing."""
    return _TYPE.fullmatch(sign) is not None


_TYPE = re.compile(
    r"\[object \w+\]|System\.[\w.\[\]]+|\[B@[0-9a-f]+|<[\w.]+ (?:HMAC )?object .*>|<[^>]* at 0x[0-9a-fA-F]+>"
    r"|Promise ?\{.*\}|Resource id #\d+|undefined|null|None|nil|NaN|Array|true|True|function .*|[\w.]+@[0-9a-f]{4,8}"
)
_BEFORE_SECRET = re.compile(r".{0,60}[^A-Za-z0-9]")

_MAKERS: Mapping[int, str] = {32: "MD5", 40: "SHA-1", 56: "SHA-224", 96: "SHA-384", 128: "SHA-512"}
_DIGITS = 64
_EMPTY = message("The sign is empty.")
RIGHT_SHAPE = message("The sign has the right form, 64 hexadecimal digits, so it comes from a 256-bit hash.")
_MADE_UP = message("The sign is no digest, as it has only {digits} of the 16 hexadecimal digits.")
_OF_OTHER_HASH = message("The sign has {digits} hexadecimal digits, like {hash}, instead of the 64 of HMAC-SHA256.")
_OF_NO_HASH = message(
    "The sign has {digits} hexadecimal digits, like no common hash, instead of the 64 of HMAC-SHA256."
)
_WRAPPED = message("The sign has {length} characters and another form than 64 hexadecimal digits, such as base64.")
_NOT_HEXADECIMAL = message(
    "The sign is not hexadecimal: it has {length} characters, and 64 hexadecimal digits are expected."
)


def shape(signature: str) -> str:
    """A sentence about what a received sign looks like."""
    bare = signature.strip()
    length = len(bare)
    if not bare:
        return _EMPTY
    if _HEX.fullmatch(bare):
        if _is_made_up(bare.lower()):
            return _MADE_UP.format(digits=len(set(bare.lower())))
        if length == _DIGITS:
            return RIGHT_SHAPE
        if length in _MAKERS:
            return _OF_OTHER_HASH.format(digits=length, hash=_MAKERS[length])
        return _OF_NO_HASH.format(digits=length)
    is_wrapped = any(form.mistakes for form in WantedDigests.by(signature).whole.values())
    return (_WRAPPED if is_wrapped else _NOT_HEXADECIMAL).format(length=length)


MISTAKES = (
    Mistake("upper-case hex", "The sign was sent in upper case.", "Send the sign in lower case."),
    Mistake(
        "base64",
        "The sign was sent as base64.",
        "Send the sign as 64 hexadecimal digits (hash_hmac without its binary option, hexdigest()).",
    ),
    Mistake(
        "white space around the sign",
        "The sign was sent with white space around it.",
        "Trim the sign before you put it into the envelope.",
    ),
    Mistake(
        "quotes around the sign",
        "The sign was sent with quotes or brackets around it.",
        "Send the 64 hexadecimal digits without anything around them.",
    ),
    Mistake(
        "prefix before the sign",
        "The sign was sent with a prefix.",
        "Send the 64 hexadecimal digits without a prefix.",
    ),
    Mistake(
        "separators in the sign",
        "The sign was sent with separators between its digits.",
        'Remove the separators (in C#, BitConverter.ToString(bytes).Replace("-", "")).',
    ),
    Mistake(
        "sign encoded twice",
        "The sign was encoded once more after it had been written as text.",
        "Send the text of the sign as it is, without encoding it again.",
    ),
    Mistake(
        "sign as printed",
        "The sign was sent as a program prints its bytes.",
        "Write each byte as two lower-case hexadecimal digits (hexdigest() in Python, digest('hex') in Node, "
        'String.format("%02x", b & 0xff) in Java).',
    ),
    Mistake(
        "type sent as the sign",
        "The sign is what a program prints in place of an object, such as the name of its type.",
        "Send the hexadecimal digits of the HMAC, not the object that computes or holds it.",
    ),
    Mistake("sign cut short", "The sign was cut short.", "Send all 64 hexadecimal digits of the sign."),
    Mistake(
        "secret sent as the sign",
        "The secret key itself was sent as the sign.",
        "Send the HMAC-SHA256 of the string, and replace the secret key if others could have read the request.",
    ),
    Mistake(
        "sign altered",
        "The sign differs from the right one in a few digits.",
        "Send the sign exactly as it was computed, from the first digit to the last.",
    ),
    Mistake(
        "documentation's sample",
        "The sign was copied from a sample in the documentation, whose secret key is not published.",
        "Sign the request with your account's secret key.",
    ),
)
"""None of them has variants: they are read from the sign itself."""
