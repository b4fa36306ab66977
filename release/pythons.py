"""Finds the Pythons of this machine: those of pyenv, of uv, of the launcher of Windows, and on the PATH."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ON_PATH = re.compile(r"python3(\.\d+)?(\.exe)?$")
# Prints the version, and whether environments can be made with this Python.
_ASK = """
import importlib.util, json, platform, sys
made = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
print(json.dumps([sys.implementation.name, list(sys.version_info[:3]), sys.version_info.releaselevel, bool(made)]))
"""


@dataclass(frozen=True)
class Python:
    """An interpreter."""

    path: Path
    release: tuple[int, int, int]

    @property
    def minor(self) -> str:
        return f"{self.release[0]}.{self.release[1]}"

    def __str__(self) -> str:
        return ".".join(map(str, self.release))


def discover(wanted: Iterable[str], named: Iterable[str] = ()) -> list[Python]:
    """The newest Python of each wanted version, such as 3.12; those that are named win over those that are found."""
    wanted = list(wanted)
    found: dict[str, Python] = {}
    for name in named:
        python = asked(Path(shutil.which(name) or name))
        if python and python.minor in wanted:
            found[python.minor] = python
    certain = set(found)
    for path in dict.fromkeys(candidates()):
        python = asked(path)
        if python is None or python.minor not in wanted or python.minor in certain:
            continue
        if python.minor not in found or python.release > found[python.minor].release:
            found[python.minor] = python
    return [found[minor] for minor in wanted if minor in found]


def candidates() -> Iterator[Path]:
    """Every file that may be a Python."""
    base = Path(sys.base_prefix)
    yield from sorted(base.glob("bin/python3.[0-9]*")) or [base / "python.exe"]
    if root := _printed("pyenv", "root"):
        yield from sorted(Path(root[0]).glob("versions/*/bin/python"))
        yield from sorted(Path(root[0]).glob("versions/*/python.exe"))
    if listed := _printed(str(Path(sys.executable).with_name("uv")), "python", "list", "--only-installed",
                          "--output-format", "json"):  # fmt: skip
        yield from (Path(one["path"]) for one in json.loads("\n".join(listed)))
    for line in _printed("py", "--list-paths"):
        yield Path(line.split(maxsplit=1)[-1].strip("* "))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        here = Path(folder)
        if folder and here.is_dir():
            yield from sorted(path for path in here.iterdir() if _ON_PATH.fullmatch(path.name))


def asked(path: Path) -> Python | None:
    """The Python at a path, if it is a released CPython that can make environments."""
    try:
        done = subprocess.run([path, "-I", "-c", _ASK], capture_output=True, text=True, check=False)
        name, version, level, makes = json.loads(done.stdout)
    except (OSError, ValueError):  # no program, a stand-in of pyenv's for one that is not chosen, or a Python 2
        return None
    if name != "cpython" or level != "final" or not makes:
        return None
    return Python(path, (version[0], version[1], version[2]))


def _printed(command: str, *arguments: str) -> list[str]:
    program = shutil.which(command) or shutil.which(Path(command).name)
    if program is None:
        return []
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []
