"""What the sdist and the wheel contain: each file that belongs there, and no other."""

from __future__ import annotations

import re
import subprocess
import sys
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from release.build import members
from release.results import CheckFailedError, Result, judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.context import Context
    from release.project import Project

UNWANTED = re.compile(r"(^|/)(__pycache__|node_modules|\.git|\.venv|\.\w+_cache|\.hypothesis|\.DS_Store)(/|$)"
                       r"|\.(pyc|pyo|db|pem|key|orig|rej)$|(^|/)\.env$")  # fmt: skip
_MOST = 12


def check(context: Context) -> Iterator[Result]:
    """Compare what was built with what git tracks."""
    if context.sdist is None or context.wheel is None:
        raise CheckFailedError("nothing was built")
    project = context.project
    packed = {name.partition("/")[2] for name in members(context.sdist)}
    yield judged("sdist", faults(packed, sdist_of(project) | {"PKG-INFO"}), f"{len(packed)} files, each tracked by git")
    packed = set(members(context.wheel))
    information = f"{project.stem}.dist-info"
    own = {name for name in packed if name.startswith(f"{information}/")}
    wanted = {
        f"{information}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    wrong = faults(packed - own, wheel_of(project)) + faults(own, wanted)
    if said := _second_opinion(context.wheel):
        wrong.append(said)
    yield judged("wheel", wrong, f"{len(packed)} files; check-wheel-contents agrees")


def faults(packed: set[str], wanted: set[str]) -> list[str]:
    """What is missing, what is too much, and what must never be packed."""
    found = []
    for title, names in (
        ("missing", wanted - packed),
        ("not expected", packed - wanted),
        ("never to be published", {name for name in packed if UNWANTED.search(name)}),
    ):
        if names:
            rest = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
            found.append(f"{title}: {', '.join(sorted(names)[:_MOST])}{rest}")
    return found


def sdist_of(project: Project) -> set[str]:
    """The files of the sdist: what git tracks of the paths that pyproject.toml includes and does not exclude."""
    target = project.pyproject["tool"]["hatch"]["build"]["targets"]["sdist"]
    included, excluded = ([str(path).strip("/") for path in target.get(key, [])] for key in ("include", "exclude"))
    always = {"pyproject.toml", "README.md", "LICENSE", ".gitignore"}
    return {
        name for name in project.tracked if name in always or (_within(name, included) and not _within(name, excluded))
    }


def wheel_of(project: Project) -> set[str]:
    """The files of the wheel: what git tracks of the packages, and what pyproject.toml puts among them."""
    target = project.pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
    found = {name for name in project.tracked if _within(name, target["packages"])}
    for source, place in target["force-include"].items():
        found |= {place + name.removeprefix(source) for name in project.tracked if _within(name, [source])}
    return found


def _within(name: str, paths: list[str]) -> bool:
    return any(fnmatch(name, path) or name.startswith(f"{path}/") for path in paths)


def _second_opinion(wheel: Path) -> str:
    command = [sys.executable, "-m", "check_wheel_contents", "--no-config", "--toplevel", "mockserver", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"check-wheel-contents: {(done.stdout + done.stderr).strip()}"
