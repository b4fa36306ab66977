"""The lock files of what the sandbox and its extras install."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from release.results import CheckFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from release.context import Context


def locks(context: Context) -> list[Path]:
    """requirements.lock, and one for each extra: its own, or one with the versions of requirements-dev.lock."""
    root = context.project.root
    own = {extra: root / f"requirements-{extra}.lock" for extra in context.project.extras}
    return [
        root / "requirements.lock",
        *(path if path.is_file() else derived(context, extra) for extra, path in own.items()),
    ]


def derived(context: Context, extra: str) -> Path:
    """Let uv write the lock file of an extra that has none."""
    root = context.project.root
    file = context.scratch / f"requirements-{extra}.lock"
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes"),
        *("--universal", "--python-version", context.project.pythons[0], "--extra", extra),
        *(
            "--constraint",
            str(root / "requirements-dev.lock"),
            "--output-file",
            str(file),
            str(root / "pyproject.toml"),
        ),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CheckFailedError(f"uv found no versions for the extra {extra}: {done.stderr.strip()[-500:]}")
    return file
