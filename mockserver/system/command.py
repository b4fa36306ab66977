"""How this installation is called in its user's shell, for every command that the program shows."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

NAME = "yabandpay-mock"
_MODULE = "-m mockserver"
_SHOWN = re.compile(rf"(?<![\w./\\-]){NAME}(?= [a-z])")


class _Call(NamedTuple):
    """How a shell calls the command; `is_private` if that tells where this installation is."""

    text: str
    is_private: bool = False


def own_command() -> str:
    """What to write in the terminal in which this process was started, such as `.venv/bin/yabandpay-mock`."""
    return _own_call().text


def shared_command() -> str:
    """The same for a page, which others may see: without the folders above the one where the sandbox was started."""
    call = _own_call()
    return call.text if not call.is_private else f"python {_MODULE}" if _is_module() else NAME


def as_called(text: str) -> str:
    """A text for this terminal, with the commands in it as they are called here."""
    return _SHOWN.sub(lambda _: own_command(), text) if NAME in text else text


def as_called_on_pages(text: str) -> str:
    """A text for a page, with the commands in it as they are called here."""
    return _SHOWN.sub(lambda _: shared_command(), text) if NAME in text else text


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


@cache
def _own_call() -> _Call:
    import shutil  # noqa: PLC0415 - few processes show a command

    scripts = [script for script in _scripts() if script.is_file()]
    on_path = shutil.which(NAME)
    if on_path and any(script.samefile(on_path) for script in scripts):
        return _Call(NAME)
    for script in scripts:
        if below := _below_here(script):
            return _Call(below)
    if _is_module():
        return _python()
    return _Call(quoted(str(scripts[0])), is_private=True) if scripts else _Call(f"python {_MODULE}")


def _scripts() -> list[Path]:
    """Where the script of this installation may be: the one that was started, and those beside its Python."""
    name = f"{NAME}.exe" if sys.platform == "win32" else NAME
    beside = Path(sys.executable or name).parent
    started = [Path(sys.argv[0]).absolute().with_name(name)] if Path(sys.argv[0]).stem == NAME else []
    return [*started, beside / name, beside / "Scripts" / name]


def _below_here(file: Path) -> str:
    """The path to a file from the present folder, if it is below that; empty if it is not."""
    with suppress(OSError, ValueError):  # the folder is gone, or the file is elsewhere
        here = Path.cwd().resolve()
        if here != here.parent:  # in the root folder, a service was started, and not by a shell
            return quoted(_without_ending((file.parent.resolve() / file.name).relative_to(here)))
    return ""


def _without_ending(path: Path) -> str:
    """A path as it is typed; at least one folder is named, as shells do not look into the present one by themselves."""
    text = str(path.with_suffix("") if path.suffix == ".exe" else path)
    return text if os.path.dirname(text) else os.path.join(".", text)  # noqa: PTH118, PTH120 - Path would drop the point


def _is_module() -> bool:
    return Path(sys.argv[0]).parts[-2:] == ("mockserver", "__main__.py")


def _python() -> _Call:
    """`python -m mockserver`, with the Python as it was called for this process."""
    import shutil  # noqa: PLC0415 - few processes show a command

    called = sys.orig_argv[0] if sys.orig_argv else "python"
    if not os.path.isabs(called):  # noqa: PTH117 - as it was typed
        return _Call(f"{quoted(called)} {_MODULE}")
    below, name = _below_here(Path(called)), Path(called).name
    if below:
        return _Call(f"{below} {_MODULE}")
    on_path = shutil.which(name)
    if on_path and Path(on_path) == Path(called):
        return _Call(f"{name} {_MODULE}")
    return _Call(f"{quoted(called)} {_MODULE}", is_private=True)
