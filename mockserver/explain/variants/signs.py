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
_EMPTY = "The sign is empty."
RIGHT_SHAPE = "The sign has the right form, 64 hexadecimal digits, so it comes from a 256-bit hash."
_MADE_UP = "The sign is no digest, as it has only {digits} of the 16 hexadecimal digits."
_OF_OTHER_HASH = "The sign has {digits} hexadecimal digits, like {hash}, instead of the 64 of HMAC-SHA256."
_OF_NO_HASH = "The sign has {digits} hexadecimal digits, like no common hash, instead of the 64 of HMAC-SHA256."
_WRAPPED = "The sign has {length} characters and another form than 64 hexadecimal digits, such as base64."
_NOT_HEXADECIMAL = "The sign is not hexadecimal: it has {length} characters, and 64 hexadecimal digits are expected."


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

PUBLISHED_SIGNS = frozenset(
    {
        "1088cc688350732341ca3626ae4cf259b78d2b90b78768c67881f4c0189622ad",
        "5bc00d6a2fdf336958828e646a354c41ac2cf881d9043221fed731a1ccaa1636",
        "34c08d463d58bcac54d1c9b3d9203a78e58510ea6c3a3959ad91a86998f740f2",
        "d77e912cc09807492290d791d6e80b3ac32fec113376ba2f5aec3dcf09364050",
        "e297397410a1e604f69a192d49e116e2d925801a2cfba2911aef56668a31e6d3",
        "40fbae0584abc46be5a460694aeac67b145bc94fc7213647ed0239480b77af06",
        "e58dd545de13a704a7019fd26e470616564f86bd1d9b6fe1d4c2d17af89a3ef2",
        "f53c0f1496da1d44e804535bed8d6fc5eb6ee897f1b50d4511c66b5ee4ce0b75",
        "bfc9391270aad3e5e6af2ac63e4763c360b5c48eec2236d72cd27fe320c43d91",
        "0bd354590a7d1c2b3ead56fd25f8661b4f816167e4e197d83e243f74e6e855ab",
        "de99616b19cd26bcd289c7dffcee95e9e4e0985f7985f10453c45a3b891e78da",
        "4e58609ed462f8e7e99ad2b8eeb6a76c82d42c03f51f8c597e72f083fa42e3a7",
        "bfd709d0f6a0f9cac3662a4bfe3b624aed37875f103b77311136ec92ebe54607",
        "792a5996611d17e8d6efe0e1f05b8a94a1ed9aaadd050f8559bc998d55565276",
        "57e96f6e46e19138f1418853c7b62f0d327c889e28c20858b6fd8ec4ae709454",
        "4245e08ecb86abb99ebbdb644f4e92a85f33874c4c482744f4d766ebb537829b",
        "a9eb846e1ebbe643505275367c3ca6c35b739a230578bfc6697629d2caaf6a30",
        "d391c2f60d43af17c21a69c06d84617004b815894f148310344dd932d9c25e0d",
        "d66b0768c9d1fd985f2adf6eb5b5cec154c3a3e37c1105f72d2392c1fc03fce1",
        "4051095367cc625eb827ba287bbfcf9eff84f5f49ae746264712a0f896adcbce",
        "05eb5bf244f6c6d5dfcfcb427f319da870089463180d29cbd414f59d5db8fc7f",
        "a82442d1a89ad2cabe4d40b7c23a182918cd882bfdc705a4af1bcd451a07360c",
        "51811ce6c796e4a7e2ee7ebf5e6cce1de93ee3c5f485fd06022228d599553352",
        "86c20dd24fd8936fcf1998f0c8df01a7038b72bac8eeb998ad934681c4562e3c",
        "3d4f7095cd94fcc6703676115a4ab8ed4a317325d176e75e0c51dab5f4444427",
        "59267ae6c73a85ca58827fb93809c4822b5221fa85238cc4d23a1a4e6b034e7a",
        "1c17042674ce8335b310088f402a8a1c175effad746c3a3500d1ba84ce393d67",
        "c7b0a82880084b03f943c34b057e6924981a8d5c10a0bd41276250f60df29f9e",
        "942d93b552837560c365544593216888f534519edef2cd4b0e0080a4ccff8947",
        "280369cbddd6b45568a52f27b5becb4564903bcefbc32de26b1636a100eaee0f",
        "1d0acea72fa7a1f2cf2c8912bb3c5349a3d9f041eed1ee9e215b3f750166f014",
        "412f2d1d5fe0f56abde655d44d886e718bee808970f00186",
        "be920e48e4cf08832be2a79de580edcbc2c92a44350ff8adaf137e69e4adadc0",
        "be3401e32b3dd6e8a5dc061c9ac4b2aa262577c8123c70b9e6ac196ec6c64f37",
        "6aea50e6a1c79d38b3398d32524deb17a38e8f2c84ac08cdbf147b47a78e01d2",
        "f4dc6e73a3fe91547b4b20ca24056291b87b0d0642ea9b3869b854e65a6a9d5d",
        "8c0cdb593664fea7427af5024ca7c7d215b40fbfe1d9bbf4093969a87dc0c8ff",
        "5c8dada0e7369f2b0e42887bda855a278f064b5d34c5aa4bfd03b74310c50102",
        "ae799873840d54d51d4fd3e3c4413632f9d064c5c6aab6e93a4774fd74ffb3b8",
        "8deca1b49314bfa8877e2c908ac7bbb95b4c4ec3629927177f7e86cf1cc7d6ea",
        "ce35c72989dbda9a3393f4c2810ea71bd7755dd25061f1ae8073aea8e2db6dbe",
        "5050194672112e5c720f6d4265f30b001f5bab11b24c2675b56056915f92a608",
        "0c9a2835c2c698e5b8b20177e57f0e846093c85a011e8ffc423187d30aa8b8ca",
        "8c15888bd5bcdaa643bf3d54daf5d642c6bab2defbb96017dd12f7c09b3fa498",
        "9abdb20d59573ded6b415adf871aeddcb7896ad954e7828b39d9f14b65a3464a",
        "f68fa2e922292e4fc7e4151a63ca45c66a32d4d0562795d77abe6c52d4fe7c60",
        "3d36cdb1f9cdaa2eec717adccaac4e51d109cbd8fec757ca407cba67e4bcb877",
        "51b50a2a6713676f1dd0a89eb1dc75ba43a0e4870a9630dc76dc300aaaad1889",
        "b0b6fa707f3a3826000ce26c8fbf7f851fd703a2f2cd7e8a7a69f718fd28b2eb",
        "d9dc3b2900c618368b8fd337b1d050c282621543a5db37f588d7f99836b19fab",
        "a731d19eda0526653483f9d9384a068f19f29c2e291b23231678dfe0ef008432",
        "d66e3ee2c5b9d9563be1a6af88de1d90d9596dab0420ac9e721cbe8eaf16bd18",
        "52072b58345e90e07627c3a4b9c0402efce086ce95e533375cfa7f25839240cd",
        "6ee293bb0c127d3370f215fe760eab144db6f79fec1f8516178b075edd745b30",
        "130c5418e739de9f04f14c3a95e066eafb2638418cb9e20213ceee7e6ac58d53",
        "256650525bf641fe4b5ab0633dc33a0fe4270e4941fe9d37476d0ec3abdc40de",
    }
)
"""The signs that the documentation publishes with its samples (protocol.md 1.7, 4); their keys it does not."""
