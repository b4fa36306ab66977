"""What the repository says about itself: its files, its version, its metadata."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from release.results import CheckFailedError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

PLACEHOLDER = "YOUR-ORGANISATION"
"""Stands for the owner of the repository until there is one; `make repository OWNER=…` fills it in."""

_GIT = shutil.which("git") or "git"
_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_PYTHON = re.compile(r"Programming Language :: Python :: (3\.\d+)$")


@dataclass(frozen=True)
class Project:
    """A checkout of the repository."""

    root: Path

    def git(self, *arguments: str) -> str:
        """What a command of git prints, without the last line's end."""
        done = subprocess.run([_GIT, "-C", str(self.root), *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CheckFailedError(f"git {arguments[0]}: {done.stderr.strip()}")
        return done.stdout.rstrip("\n")

    def text(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    @cached_property
    def tracked(self) -> list[str]:
        """Every file that git tracks, by its path."""
        return sorted(path for path in self.git("ls-files", "-z").split("\0") if path)

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        return tomllib.loads(self.text("pyproject.toml"))

    @property
    def metadata(self) -> dict[str, Any]:
        """The table `project` of pyproject.toml."""
        table: dict[str, Any] = self.pyproject["project"]
        return table

    @property
    def name(self) -> str:
        """The name of the distribution."""
        return str(self.metadata["name"])

    @cached_property
    def version(self) -> str:
        if found := _VERSION.search(self.text("mockserver/__init__.py")):
            return found[1]
        raise CheckFailedError("mockserver/__init__.py has no __version__")

    @property
    def stem(self) -> str:
        """How the names of the wheel and of the sdist begin."""
        return f"{self.name.replace('-', '_')}-{self.version}"

    @property
    def pythons(self) -> list[str]:
        """The versions of Python that the classifiers promise, such as 3.10."""
        found = [match[1] for line in self.metadata["classifiers"] if (match := _PYTHON.match(line))]
        return sorted(found, key=lambda version: int(version.partition(".")[2]))

    @property
    def extras(self) -> list[str]:
        return sorted(self.metadata.get("optional-dependencies", {}))

    @property
    def time(self) -> int:
        """The time of the last commit, which a build takes for its own."""
        return int(self.git("log", "-1", "--format=%ct"))
