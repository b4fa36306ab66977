"""Empty environments, and what is installed into them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from release.results import CheckFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from release.context import Context

_BIN = "Scripts" if os.name == "nt" else "bin"
_END = 1500


def program(environment: Path, name: str) -> Path:
    """A command of an environment."""
    return environment / _BIN / (f"{name}.exe" if os.name == "nt" else name)


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; it sees no setting of the Python that runs the checks."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=cwd,
                          env=environment)  # fmt: skip
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-_END:]
        raise CheckFailedError(
            f"`{' '.join(str(part) for part in command[:6])} …` ended with {done.returncode}: {said}"
        )
    return done.stdout


def make(folder: Path, python: str | Path = sys.executable, *, pip: bool = True) -> Path:
    """An empty environment."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    run(python, "-m", "venv", *(() if pip else ("--without-pip",)), folder, cwd=folder.parent)
    return folder


def install(environment: Path, *what: str | Path) -> None:
    """Install with the pip that runs the checks, so that the environment holds nothing else."""
    run(sys.executable, "-m", "pip", "--python", program(environment, "python"), "install", "--quiet",
        "--disable-pip-version-check", *what, cwd=environment)  # fmt: skip


def locked(context: Context) -> Path:
    """An environment without pip, with the wheel and the versions of requirements.lock, made once."""
    if context.wheel is None:
        raise CheckFailedError("nothing was built")
    if context.environment is None:
        environment = make(context.scratch / "locked", pip=False)
        install(environment, "--require-hashes", "-r", context.project.root / "requirements.lock")
        install(environment, "--no-deps", context.wheel)
        context.environment = environment
    return context.environment
