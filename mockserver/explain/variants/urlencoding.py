"""URL encoding as the languages do it; they differ in the letters they leave, in spaces, and in the case of digits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 16 * 1024
_ALWAYS_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


def encoder(safe: str, *, space: str = "%20", escape: str = "%{:02X}") -> Callable[[str], str]:
    """A function that encodes all but letters, digits, `_.-` and what is safe beside them."""
    kept = _ALWAYS_SAFE | frozenset(safe.encode())
    table = tuple(
        [chr(byte) if byte in kept else space if byte == ord(" ") else escape.format(byte) for byte in range(256)]
    )
    return partial(_encoded, table=table)


def _encoded(text: str, table: tuple[str, ...]) -> str:
    return "".join([piece.translate(table) for piece in pieces(text.encode("utf-8", "replace").decode("latin-1"))])


def pieces(text: str) -> list[str]:
    """A text in pieces of which each takes no longer than other threads can wait while Python works on it."""
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)] if len(text) > _PIECE else [text]


http_build_query = encoder("", space="+")
rawurlencode = encoder("~")
encode_uri_component = encoder("~!'()*")
encode_uri = encoder("~;,/?:@&=+$!*'()#")
java = encoder("*", space="+")
python_quote = encoder("~/")
python_quote_plus = encoder("~", space="+")
c_sharp = encoder("!*()", space="+", escape="%{:02x}")
c_sharp_in_capitals = encoder("!*()", space="+")
java_without_plus = encoder("*")
axios = encoder("~!'()*:$,", space="+")
go_path = encoder("~$&+=:@")
lower_case = encoder("~", escape="%{:02x}")
lower_case_plus = encoder("", space="+", escape="%{:02x}")
"""The encoders."""

_LONGEST_ESCAPED = 64 * 1024  # each letter is a step of Python
_KEPT_BY_ESCAPE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-@*+/")


def escape(text: str) -> str:
    """What JavaScript's old `escape` makes: `%E9`, and `%u5206` for what lies beyond Latin-1."""
    if len(text) > _LONGEST_ESCAPED or _KEPT_BY_ESCAPE.issuperset(text):
        return text
    units = text.encode("utf-16-be", "replace")
    codes = [256 * high + low for high, low in zip(units[::2], units[1::2], strict=True)]
    return "".join(
        [
            letter if (letter := chr(code)) in _KEPT_BY_ESCAPE else f"%u{code:04X}" if code > 0xFF else f"%{code:02X}"  # noqa: PLR2004 - the last of Latin-1
            for code in codes
        ]
    )


ENCODERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as http_build_query does, spaces as +", http_build_query),
    ("as rawurlencode does", rawurlencode),
    ("as encodeURIComponent does", encode_uri_component),
    ("as encodeURI does", encode_uri),
    ("as Java's URLEncoder and URLSearchParams do", java),
    ("as Python's quote does, slashes kept", python_quote),
    ("as Python's quote_plus does", python_quote_plus),
    ("as C#'s UrlEncode does, with escapes in lower case", c_sharp),
    ("with escapes in lower case", lower_case),
    ("with escapes in lower case, spaces as +", lower_case_plus),
    ("as JavaScript's escape does", escape),
    ("as Java's URLEncoder does, spaces as %20", java_without_plus),
    ("as C#'s WebUtility.UrlEncode does", c_sharp_in_capitals),
    ("as axios does", axios),
    ("as Go's PathEscape does", go_path),
    ("only spaces, as +", lambda text: text.replace(" ", "+")),
    ("only spaces, as %20", lambda text: text.replace(" ", "%20")),
    ("twice", lambda text: rawurlencode(rawurlencode(text))),
    ("twice, spaces as +", lambda text: http_build_query(http_build_query(text))),
)
"""What they are called, the likelier first."""
