"""Standard output and standard error, which may not have the characters or the colours of what is written."""

from __future__ import annotations

import codecs
import os
import sys
from io import TextIOWrapper
from typing import TextIO

_BEYOND_UTF_16 = 0x10000


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_escape, error.object[error.start : error.end])), error.end


def _escape(character: str) -> str:
    code = ord(character)
    if code < _BEYOND_UTF_16:
        return f"\\u{code:04x}"
    code -= _BEYOND_UTF_16
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


ESCAPED = "yabandpay_mock.escaped"
"""The name of an error handler for encodings: what they do not have is written as JSON writes it, which stays JSON."""

codecs.register_error(ESCAPED, _escaped)


def escape_what_cannot_be_shown(*streams: TextIO | None) -> None:
    """Have streams write characters that their encoding does not have as escapes, instead of raising an error.

    Windows uses the code page of the country for output that goes to a file or a pipe.
    """
    for stream in streams:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def has_colour(stream: TextIO) -> bool:
    """Whether to paint on a stream: it is a terminal that can, and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and _understands_colours(stream)


if sys.platform == "win32":
    import ctypes
    import msvcrt

    _VIRTUAL_TERMINAL = 0x0004

    def _understands_colours(stream: TextIO) -> bool:
        """Switch the console's colours on, which are off for programs that do not ask; older ones have none."""
        console = ctypes.WinDLL("kernel32", use_last_error=True)
        mode = ctypes.c_ulong()
        try:
            handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
        except (OSError, ValueError):
            return False
        if not console.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        return bool(console.SetConsoleMode(handle, mode.value | _VIRTUAL_TERMINAL))
else:

    def _understands_colours(stream: TextIO) -> bool:  # noqa: ARG001 - all others do
        return True
