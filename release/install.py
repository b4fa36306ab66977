"""Installs the wheel and the sdist as users do, on every Python at hand, and tries what was installed."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from release.environments import make, program, run
from release.results import CheckFailedError, Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.context import Context
    from release.pythons import Python


def check(context: Context) -> Iterator[Result]:
    """Install and try each package on each Python."""
    if not context.artefacts:
        raise CheckFailedError("nothing was built")
    for python in context.pythons:
        for package in context.artefacts:
            kind = "wheel" if package.suffix == ".whl" else "sdist"
            yield tried(context, python, kind, package)
    at_hand = {python.minor for python in context.pythons}
    for version in context.project.pythons:
        if version not in at_hand:
            yield Result.skipped(f"Python {version}", "not installed here; the workflow `tests` has it")
    if not context.pythons:
        yield Result.failed("install", "no Python was found on which the packages could be tried")


def tried(context: Context, python: Python, kind: str, package: Path) -> Result:
    """Install a package into an empty environment, away from the checkout, and run tests/smoke.py there."""
    place = context.scratch / f"installed-{python.minor}-{kind}"
    name = f"{kind}, Python {python}"
    try:
        environment = make(place / "environment", python.path)
        inside = program(environment, "python")
        run(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package, cwd=place)
        run(inside, "-m", "pip", "check", cwd=place)
        command = program(environment, context.project.name)
        version = run(command, "--version", cwd=place).split()[-1]
        if version != context.project.version:
            return Result.failed(name, f"the {kind} installs {version}, not {context.project.version}")
        shutil.copy2(context.project.root / "tests" / "smoke.py", place)
        run(inside, "smoke.py", command, cwd=place)
    except CheckFailedError as error:
        return Result.failed(name, str(error))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return Result.passed(name, "installed with its newest dependencies, pip check, tests/smoke.py")


def check_launchers(context: Context) -> Iterator[Result]:
    """Run the command without installing it, as the README says."""
    if context.wheel is None:
        raise CheckFailedError("nothing was built")
    name = context.project.name
    launchers: dict[str, list[str | Path]] = {
        "uvx": ["uv", "tool", "run", "--isolated", "--from", context.wheel, name],
        "pipx run": ["pipx", "run", "--no-cache", "--spec", context.wheel, name],
    }
    for title, command in launchers.items():
        said = run(sys.executable, "-m", *command, "--version", cwd=context.scratch).split()
        if said[-1:] != [context.project.version]:
            yield Result.failed(title, f"{name} --version says {' '.join(said)!r}")
        else:
            yield Result.passed(title, f"{title} {name} --version, from the wheel")
