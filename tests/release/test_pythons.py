"""Which Pythons are found, and which are taken."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from release import pythons
from release.pythons import Python, asked, discover

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins for Pythons are shell scripts")


def stand_in(
    path: Path, version: list[int], name: str = "cpython", level: str = "final", *, makes: bool = True
) -> Path:
    """A program that answers as a Python of a version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{json.dumps([name, version, level, makes])}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the PATH, on a machine without pyenv, uv and a Python of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{tmp_path / 'missing'}")
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none" / "bin" / "python"))
    return folder


def test_the_newest_of_each_version_is_taken(path: Path) -> None:
    stand_in(path / "python3", [3, 12, 1])
    newer = stand_in(path / "python3.12", [3, 12, 7])
    other = stand_in(path / "python3.10", [3, 10, 2])
    stand_in(path / "python3.9", [3, 9, 18])
    assert discover(["3.10", "3.11", "3.12"]) == [Python(other, (3, 10, 2)), Python(newer, (3, 12, 7))]


def test_what_is_no_released_cpython_with_environments_is_passed_over(path: Path) -> None:
    stand_in(path / "python3.10", [3, 10, 2], name="pypy")
    stand_in(path / "python3.11", [3, 11, 0], level="candidate")
    stand_in(path / "python3.12", [3, 12, 0], makes=False)
    (path / "python3.13").write_text(
        "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n", encoding="utf-8"
    )
    (path / "python3.13").chmod(0o755)
    (path / "python3.14").write_text("no program", encoding="utf-8")
    stand_in(path / "python3-config", [3, 14, 0])
    assert discover(["3.10", "3.11", "3.12", "3.13", "3.14"]) == []


def test_one_that_is_named_wins_over_a_newer_one(path: Path, tmp_path: Path) -> None:
    stand_in(path / "python3.12", [3, 12, 7])
    named = stand_in(tmp_path / "elsewhere" / "python", [3, 12, 1])
    assert discover(["3.12"], [str(named)]) == [Python(named, (3, 12, 1))]


def test_those_of_pyenv_and_of_uv_are_found(path: Path, tmp_path: Path) -> None:
    root, kept = tmp_path / "pyenv", stand_in(tmp_path / "uv" / "python3.14", [3, 14, 0])
    of_pyenv = stand_in(root / "versions" / "3.11.7" / "bin" / "python", [3, 11, 7])
    for name, printed in (("pyenv", str(root)), ("uv", json.dumps([{"path": str(kept)}]))):
        (path / name).write_text(f"#!/bin/sh\necho '{printed}'\n", encoding="utf-8")
        (path / name).chmod(0o755)
    assert discover(["3.11", "3.14"]) == [Python(of_pyenv, (3, 11, 7)), Python(kept, (3, 14, 0))]


def test_the_python_that_runs_the_tests_is_one() -> None:
    found = asked(Path(sys.executable))
    assert found is not None
    assert found.release == sys.version_info[:3]
    assert found.minor == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert str(found) == ".".join(map(str, sys.version_info[:3]))
    assert pythons.asked(Path(shutil.which("true") or "/bin/true")) is None
