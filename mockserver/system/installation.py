"""Finds out how a user's shell calls this installation; imported when a command is shown."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mockserver.system.words import NAME, quoted

MODULE = "-m mockserver"


class OwnCall(NamedTuple):
    """How a shell calls the command; `is_private` if that tells where this installation is."""

    text: str
    is_private: bool = False


@cache
def own_call() -> OwnCall:
    scripts = [script for script in _scripts() if script.is_file()]
    on_path = shutil.which(NAME)
    if on_path and any(script.samefile(on_path) for script in scripts):
        return OwnCall(NAME)
    for script in scripts:
        if below := _below_here(script):
            return OwnCall(below)
    if is_module():
        return _python()
    return OwnCall(quoted(str(scripts[0])), is_private=True) if scripts else OwnCall(f"python {MODULE}")


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


def is_module() -> bool:
    return Path(sys.argv[0]).parts[-2:] == ("mockserver", "__main__.py")


def _python() -> OwnCall:
    """`python -m mockserver`, with the Python as it was called for this process."""
    called = sys.orig_argv[0] if sys.orig_argv else "python"
    if not os.path.isabs(called):  # noqa: PTH117 - as it was typed
        return OwnCall(f"{quoted(called)} {MODULE}")
    below, name = _below_here(Path(called)), Path(called).name
    if below:
        return OwnCall(f"{below} {MODULE}")
    on_path = shutil.which(name)
    if on_path and Path(on_path) == Path(called):
        return OwnCall(f"{name} {MODULE}")
    return OwnCall(f"{quoted(called)} {MODULE}", is_private=True)
