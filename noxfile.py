"""Runs the checks on several Pythons: `nox` on those at hand, `nox -s tests-3.12 -- tests/gateway` on one of them.

`make test` is quicker for daily work, as it keeps one environment. The Pythons are those that the classifiers of
pyproject.toml promise; one that is not installed is skipped.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))

from release.pythons import discover

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))

# pyenv puts stand-ins on the PATH that only start the versions which it was told to; the Pythons themselves come first.
FOUND = [str(python.path.parent) for python in discover(PYTHONS)]
os.environ["PATH"] = os.pathsep.join([*FOUND, os.environ["PATH"]])

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests"]


def install(session: nox.Session, *locks: str) -> None:
    """Install lock files as they are, and this project on top."""
    for lock in locks:
        session.install("--require-hashes", "--requirement", lock)
    session.install("--no-deps", "--editable", ".")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the quick tests, or those that are named after --."""
    install(session, "requirements-dev.lock")
    session.run("python", "-m", "pytest", "-m", "not slow", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Run ruff."""
    install(session, "requirements-dev.lock")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Run mypy."""
    install(session, "requirements-dev.lock")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation's site."""
    session.run("make", "docs-site", external=True)


@nox.session
def release(session: nox.Session) -> None:
    """Check what a release would publish; the arguments after -- are those of `make release-check`."""
    install(session, "requirements-release.lock")
    session.run("python", "-m", "release", "check", *session.posargs)
