"""Mistakes in how a sign is written: the digests that a text may stand for, and what is wrong with its form."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants.model import Mistake

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


class SignForm(NamedTuple):
    """What is wrong with how a sign is written: the mistakes, and a word on them."""

    mistakes: tuple[str, ...] = ()
    detail: str = ""


class WantedDigests(NamedTuple):
    """What a received text may stand for: whole digests, or what is left of one, as lower-case hexadecimal digits."""

    whole: Mapping[bytes, SignForm]
    rest: str = ""
    mistakes: tuple[str, ...] = ()

    @classmethod
    def by(cls, signature: str) -> WantedDigests:
        """Read a received sign."""
        if len(signature) > _LONGEST_SIGN:
            return cls({})
        whole: dict[bytes, SignForm] = {}
        rest, mistakes = "", ()
        for text, around in _unwrapped(signature):
            for digest, form in _decoded(text):
                if len(digest) in SIZES:
                    whole.setdefault(digest, SignForm((*around, *form.mistakes), form.detail))
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

    def form(self, digest: bytes) -> SignForm | None:
        """What is wrong with the form if the text stands for this digest, None if it does not."""
        digits = digest.hex() if self.rest else ""
        may_be_cut = digits[-1:] == self.rest[-1:] or digits.startswith(self.rest)
        return self.whole.get(digest) or (self._cut(digest, digits) if may_be_cut else None)

    def _cut(self, digest: bytes, digits: str) -> SignForm | None:
        lost = len(digits) - len(self.rest)
        if lost <= 0:
            return None
        if digits.startswith(self.rest):
            return SignForm(self.mistakes, f"to its first {len(self.rest)} digits")
        if digits.endswith(self.rest):
            return SignForm(self.mistakes, f"to its last {len(self.rest)} digits")
        if lost <= _MOST_ZEROS_LOST and "".join([_DIGITS_OF[byte] for byte in digest]) == self.rest:
            return SignForm(self.mistakes, "as the first digit of a byte was not written where it is 0")
        return None


def _unwrapped(signature: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A text without what stands around it, and without what may be a prefix."""
    bare = signature.strip()
    around = () if bare == signature else ("white space around the sign",)
    yield bare, around
    prefix = _PREFIX.match(bare)
    if prefix:
        yield bare[prefix.end() :], (*around, "prefix before the sign")


def _decoded(text: str) -> Iterator[tuple[bytes, SignForm]]:
    if _DASHED.fullmatch(text):
        yield bytes.fromhex(text.replace("-", "")), SignForm(("upper-case hex",), "with dashes between the bytes")
        return
    if _is_hex(text):
        yield bytes.fromhex(text), SignForm() if text == text.lower() else SignForm(("upper-case hex",))
        return
    from urllib.parse import unquote  # noqa: PLC0415 - only a few signs need it

    for detail, read in (("", text), ("URL-encoded", unquote(text))):
        decoded = _from_base64(read)
        yield decoded, SignForm(("base64",), detail)
        digits = decoded.decode("ascii", "replace").strip()
        if _is_hex(digits):
            case = () if digits == digits.lower() else ("upper-case hex",)
            yield bytes.fromhex(digits), SignForm((*case, "base64"), "of the hexadecimal text")


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

_MAKERS: Mapping[int, str] = {32: "MD5", 40: "SHA-1", 56: "SHA-224", 96: "SHA-384", 128: "SHA-512"}
_DIGITS = 64
_EMPTY = "The sign is empty."
_RIGHT_SHAPE = "The sign has the right form, 64 hexadecimal digits, so it comes from a 256-bit hash."
_OF_OTHER_HASH = "The sign has {digits} hexadecimal digits, like {hash}, instead of the 64 of HMAC-SHA256."
_OF_NO_HASH = "The sign has {digits} hexadecimal digits, like no common hash, instead of the 64 of HMAC-SHA256."
_WRAPPED = "The sign has {length} characters, like base64 or a prefix, instead of 64 hexadecimal digits."
_NOT_HEXADECIMAL = "The sign is not hexadecimal: it has {length} characters, and 64 hexadecimal digits are expected."


def shape(signature: str) -> str:
    """A sentence about what a received sign looks like."""
    bare = signature.strip()
    length = len(bare)
    if not bare:
        return _EMPTY
    if _HEX.fullmatch(bare):
        if length == _DIGITS:
            return _RIGHT_SHAPE
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
    Mistake("prefix before the sign", "The sign was sent with a prefix.", "Send the 64 hexadecimal digits alone."),
    Mistake("sign cut short", "The sign was cut short.", "Send all 64 hexadecimal digits of the sign."),
    Mistake(
        "secret sent as the sign",
        "The secret key itself was sent as the sign.",
        "Send the HMAC-SHA256 of the string, and replace the secret key if others could have read the request.",
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
