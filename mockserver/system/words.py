"""The words of commands: the name of this one, and quotes as the user's shell reads them."""

from __future__ import annotations

import re
import sys

NAME = "yabandpay-mock"


def quoted(word: str) -> str:
    """A word of a command, quoted for the shell where that is necessary."""
    if re.fullmatch(r"[\w@+=:,./\\-]+" if sys.platform == "win32" else r"[\w@+=:,./-]+", word):
        return word
    if sys.platform == "win32":
        return '"' + word.replace('"', '""') + '"'
    import shlex  # noqa: PLC0415 - few processes show a command

    return shlex.quote(word)


def in_lines(*parts: str) -> str:
    """A long command, each part of it on a line, for shells that know how to continue one."""
    return (" " if sys.platform == "win32" else " \\\n  ").join(parts)
