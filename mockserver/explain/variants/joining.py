"""Mistakes in joining the parameters to the string to sign, and in what becomes of the string."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Literal

from mockserver.explain.variants.model import FEW_FIELDS, Likelihood, Message, Mistake, Stage, Step, Texts, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = (
    "",
    ",",
    ";",
    "\n",
    "&amp;",
    "|",
    " ",
    "\r\n",
    ", ",
    "+",
    "?",
    "$",
    " & ",
    "&&",
    "; ",
    "\t",
    "-",
    "_",
    "/",
    "#",
    "*",
    ".",
    ":",
)
_SEPARATORS_OF_VALUES = ("", ",", "|", "\n", "+", ";", " ", "-", "_", ".", ":", "#")
_MARKS = (
    ("", ""), (":", ","), (":", "\n"), (": ", "\n"), ("", ","), ("", "\n"), (":", ";"), (":", "|"), (": ", ", "),
    (":", ""), ("|", "|"), (",", ","), ("\n", "\n"), (" ", " "), ("_", "_"),
)  # fmt: skip
"""What may stand in the places of the equals sign and of the separator."""


def named(mark: str) -> str:
    """A separator as a sentence can show it."""
    names = {"": "nothing", "\n": "a line feed", "\r\n": "a carriage return and a line feed", " ": "a space"}
    return names.get(mark, mark)


_GATEWAY = "mapi.yabandpay.com/Payments"
_PLACES = (
    "/Payments",
    f"https://{_GATEWAY}",
    f"http://{_GATEWAY}",
    _GATEWAY,
    "Payments",
    "https://mapi.yabandpay.com",
    "/",
)
_BEFORE = (
    *[f"{place}{mark}" for mark in ("?", "&", "", "\n") for place in _PLACES],
    *[f"POST{mark}" for mark in ("", "&", "\n", " ")],
    *[f"POST{mark}/Payments{mark}" for mark in ("\n", "&", " ", "", "|")],
    "POST /Payments?", "POST/Payments?", "POST&%2FPayments&",
)  # fmt: skip
_AROUND = (
    ("{", "}"), ("(", ")"), ("[", "]"), ("<", ">"), ("Array", ""), ("data=", ""), ("sign=", ""), ("string=", ""),
    ("params=", ""), ("", "&sign="), ("", "&sign_type=HMAC-SHA256"), ("", "&sign_type=SHA256"), ("", "\0"), ("", ";"),
    ("", "&signType=HMAC-SHA256"), ("", ","), ("", "="), ("", "#"), ("=", ""), ("", "&&"), ("&&", ""), ("\ufeff", ""),
    ("\n", ""), (" ", ""), ("", "\n\n"),
)  # fmt: skip


def _more_signed(message: Message) -> Iterator[Variant]:
    """An address, a verb or marks around the string, and the user beside it."""
    of_user = [texts for mark in _marks_of_user(message) for texts in ((mark, ""), ("", mark))]
    for before, after in (*[(before, "") for before in _BEFORE], *_AROUND, *of_user):
        where = [f"{_shown(before)} before it"] * bool(before) + [f"{_shown(after)} behind it"] * bool(after)
        yield Variant(partial(_surrounded, before=before, after=after), " and ".join(where))


def _marks_of_user(message: Message) -> tuple[str, ...]:
    user = message.texts.get("user", "")
    return (user, f"{user}&", f"&{user}") if user else ()


def _surrounded(text: str, before: str, after: str) -> str:
    return f"{before}{text}{after}"


def _shown(text: str) -> str:
    return text.replace("\n", "\\n").replace("\0", "\\0").replace("\ufeff", "a byte order mark")


def _twice(message: Message) -> Iterator[Variant]:
    """A parameter, those of the envelope, or all of them joined once more."""
    outer = tuple(name for name in message.texts if name not in message.data)
    if outer:
        yield Variant(partial(_with_again, names=outer), f"{', '.join(outer)} again at the end")
        yield Variant(partial(_with_again, names=tuple(sorted(outer))), f"{', '.join(sorted(outer))} again at the end")
        yield Variant(partial(_with_again, names=outer, is_first=True), f"{', '.join(outer)} again at the beginning")
    for name in message.texts if len(message.texts) <= FEW_FIELDS else ():
        yield Variant(partial(_with_again, names=(name,)), f"{name} again at the end")
        yield Variant(partial(_with_again, names=(name,), is_first=True), f"{name} again at the beginning")
        yield Variant(partial(_doubled, name=name), f"{name} again behind itself")
    yield Variant(lambda texts: "&".join([f"{name}={text}&{name}={text}" for name, text in texts.items()]), "each")


def _with_again(texts: Texts, names: tuple[str, ...], *, is_first: bool = False) -> str:
    again = "&".join([f"{name}={texts[name]}" for name in names if name in texts])
    joined = "&".join(map("=".join, texts.items()))
    return f"{again}&{joined}" if is_first else f"{joined}&{again}"


def _doubled(texts: Texts, name: str) -> str:
    return "&".join([f"{one}={text}" for one, text in texts.items() for _ in range(2 if one == name else 1)])


_JOIN_PAIRS = "Join each parameter as key=value."


def _join(sign: str = "=", separator: str = "&") -> Step:
    return lambda texts: separator.join(map(sign.join, texts.items()))


def _join_filled(texts: Texts) -> str:
    return "&".join([f"{name}={text}" if text else name for name, text in texts.items()])


def _join_values(separator: str) -> Step:
    return lambda texts: separator.join(texts.values())


# Decoding and normalizing take time that grows with the square of how many digits of a reference, or combining marks,
# stand in a row.
_MANY_MARKS = re.compile(r"[^\w\x00-\x7f]{31,}")
_MANY_DIGITS = re.compile("&#[xX]?[0-9a-fA-F]{31}")
_MOST_MARKS = 30
_LONGEST_DECODED = 64 * 1024
_NormalForm = Literal["NFC", "NFD", "NFKC", "NFKD"]


def normalized(text: str, form: _NormalForm) -> str:
    """A text in a normal form; as it is where marks are piled up as in no language."""
    piles = (found.group() for found in _MANY_MARKS.finditer(text))
    if any(sum(map(bool, map(unicodedata.combining, pile))) > _MOST_MARKS for pile in piles):
        return text
    return unicodedata.normalize(form, text)


def _without_accents(text: str, form: _NormalForm) -> str:
    if len(text) > _LONGEST_DECODED:
        return text
    return "".join([letter for letter in normalized(text, form) if not unicodedata.combining(letter)])


def _without_entities(text: str) -> str:
    return text if len(text) > _LONGEST_DECODED or _MANY_DIGITS.search(text) else html.unescape(text)


def _with_length(text: str) -> bytes:
    content = text.encode("utf-8", "replace")
    return len(content).to_bytes(2, "big") + content if len(content) <= _LONGEST_COUNTED else content


_LONGEST_COUNTED = 0xFFFF


def _charset(name: str, errors: str = "replace", mark: bytes = b"") -> Step:
    return lambda text: mark + text.encode(name, errors)


def _utf_8_read_as(name: str) -> Step:
    return lambda text: text.encode("utf-8", "replace").decode(name, "replace").encode()


def _charsets(*names: str) -> tuple[Variant, ...]:
    return tuple(Variant(_charset(name), name.upper()) for name in names)


MISTAKES = (
    Mistake(
        "other separator",
        "The parameters were joined with a separator other than &.",
        "Join the parameters with a single &.",
        {Stage.JOINING: [Variant(_join("=", mark), f"{named(mark)} between parameters") for mark in _SEPARATORS]},
    ),
    Mistake(
        "names left out",
        "The values were joined without their keys.",
        _JOIN_PAIRS,
        {
            Stage.JOINING: (
                Variant(_join_values("&")),
                *[
                    Variant(_join_values(mark), f"{named(mark)} between values", ("names left out", "other separator"))
                    for mark in _SEPARATORS_OF_VALUES
                ],
            )
        },
        Likelihood.RARE,
    ),
    Mistake(
        "equals sign left out",
        "The keys and values were joined without an equals sign.",
        _JOIN_PAIRS,
        {
            Stage.JOINING: (
                Variant(_join("")),
                Variant(_join_filled, "behind the names of empty values"),
                *[Variant(_join(sign), f"{named(sign)} in its place") for sign in (":", "=>", " = ", ": ")],
                *[
                    Variant(
                        _join(sign, separator),
                        f"{named(sign)} in place of =, {named(separator)} in place of &",
                        ("equals sign left out", "other separator"),
                    )
                    for sign, separator in _MARKS
                ],
            )
        },
        Likelihood.RARE,
    ),
    Mistake(
        "more than the parameters signed",
        "The joined parameters were signed together with more text.",
        "Sign the joined parameters alone, without an address, a verb or brackets around them.",
        {Stage.STRING: _more_signed},
        Likelihood.RARE,
    ),
    Mistake(
        "parameter twice",
        "A parameter was joined more than once.",
        "Join each parameter once: merge user, method and time with the keys of data before you join them.",
        {Stage.JOINING: _twice},
        Likelihood.RARE,
    ),
    Mistake(
        "line break at the end",
        "The string that was signed ends with a line break.",
        "Sign the string without a line break (printf %s or echo -n instead of echo).",
        {
            Stage.STRING: (
                Variant("{}\n".format, "\\n"),
                Variant("{}\r\n".format, "\\r\\n"),
                Variant("{}\r".format, "\\r"),
            )
        },
    ),
    Mistake(
        "stray separator",
        "The string that was signed begins or ends with an extra separator.",
        "Put & between the parameters only (implode, join), and nothing before the first or behind the last.",
        {
            Stage.STRING: (
                Variant("{}&".format, "& at the end"),
                Variant("&{}".format, "& at the beginning"),
                Variant("?{}".format, "? at the beginning"),
                Variant("{}?".format, "? at the end"),
                Variant("&{}&".format, "& at both ends"),
                Variant("{} ".format, "a space at the end"),
            )
        },
    ),
    Mistake(
        "string as a format",
        "The string was taken for a format, in which % begins a placeholder.",
        "Pass the string as an argument (printf '%s'), not as the format.",
        {
            Stage.STRING: (
                Variant(lambda text: text.replace("%%", "%"), "%% as %"),
                Variant(lambda text: re.sub("%[sd]", "", text), "%s and %d left out"),
            )
        },
        Likelihood.RARE,
    ),
    Mistake(
        "string in other case",
        "The case of the whole string was changed before it was signed.",
        "Sign the string as it is; only the sign is in lower case.",
        {Stage.STRING: (Variant(str.lower, "lower case"), Variant(str.upper, "upper case"))},
        Likelihood.RARE,
    ),
    Mistake(
        "entity decoded",
        "The string went through an HTML page or decoder, which turned &not, &curren and the like into characters.",
        "Build the string in code; do not copy it from a page or decode HTML entities in it.",
        {Stage.STRING: (Variant(_without_entities),)},
        Likelihood.RARE,
    ),
    Mistake(
        "other Unicode form",
        "The string was normalized to a Unicode form other than the body's.",
        "Normalize the values before you build the body, so that you send what you sign.",
        {
            Stage.STRING: (
                Variant(partial(normalized, form="NFC"), "NFC"),
                Variant(partial(normalized, form="NFD"), "NFD"),
                Variant(partial(normalized, form="NFKC"), "NFKC"),
                Variant(partial(normalized, form="NFKD"), "NFKD"),
                Variant(partial(_without_accents, form="NFD"), "letters without their marks"),
                Variant(partial(_without_accents, form="NFKD"), "NFKD, letters without their marks"),
            )
        },
        Likelihood.RARE,
    ),
    Mistake(
        "other character set",
        "The string was encoded in a character set other than UTF-8.",
        "Encode the string as UTF-8, once, before you sign it.",
        {
            Stage.BYTES: (
                *_charsets("latin-1", "ascii", "gbk"),
                Variant(_utf_8_read_as("latin-1"), "UTF-8 twice, read as LATIN-1"),
                *_charsets("utf-16-le", "utf-16-be", "cp1252", "gb18030", "big5", "utf-8-sig"),
                Variant(_charset("utf-16-be", mark=b"\xfe\xff"), "UTF-16 with byte order mark"),
                Variant(_charset("utf-16-le", mark=b"\xff\xfe"), "UTF-16-LE with byte order mark"),
                Variant(_utf_8_read_as("cp1252"), "UTF-8 twice, read as CP1252"),
                Variant(_utf_8_read_as("gbk"), "UTF-8 twice, read as GBK"),
                Variant(_charset("ascii", "ignore"), "ASCII, the rest left out"),
                Variant(_charset("latin-1", "ignore"), "LATIN-1, the rest left out"),
                *_charsets("shift_jis", "euc_kr", "iso-8859-15"),
                Variant(lambda text: text.encode("utf-16-le", "replace")[::2], "the low byte of each UTF-16 unit"),
                Variant(_with_length, "UTF-8 behind two bytes with its length, as writeUTF does"),
            )
        },
    ),
)
