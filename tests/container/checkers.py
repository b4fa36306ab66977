"""Finding the programs that check files of other people's formats."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def check(package: str, program: str, *arguments: str) -> None:
    """Have a program check files; skip the test where its package is not installed."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which(program, path=places)
    if found is None:
        pytest.skip(f"needs {program}, of the Python package {package}")
    done = subprocess.run([found, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def check_schema(schema: str, file: str) -> None:
    """Check a YAML file against one of the schemas that come with check-jsonschema."""
    check("check-jsonschema", "check-jsonschema", "--builtin-schema", schema, file)
