"""How `make` sets itself up: with which Python, when anew, and what it says of one that is too old."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
# In place of Pythons of other versions: what the Makefile asks of them is run by this one, which then gives a version.
PYTHON = """#!/bin/sh
case "$1 $2" in
    "-m venv") exec {real} -m venv --clear --without-pip .venv ;;
    "-E -S") exec {real} -E -S -c 'import sys; sys.version_info = {version}; sys.prefix = "{prefix}"; exec(sys.argv[1])' "$4" ;;
esac
exit 3
"""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile, in which only what pip does is left out."""
    folder = tmp_path / "check out"
    folder.mkdir()
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    text, count = re.subn(r"^\t\$\(BIN\)/python -m pip install .*$", "\t@echo installs", text, flags=re.MULTILINE)
    assert count == 6
    (folder / "Makefile").write_text(text, encoding="utf-8")
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (folder / name).touch()
    return folder


def python(folder: Path, *version: int, prefix: str = "/opt/one") -> str:
    """A Python of a version; gives the value of PYTHON."""
    file = folder.parent / f"python{'.'.join(map(str, version[:2]))}-{prefix.rpartition('/')[2]}"
    file.write_text(PYTHON.format(real=shlex.quote(sys.executable), version=version, prefix=prefix), encoding="utf-8")
    file.chmod(0o755)
    return str(file)


def make(folder: Path, target: str, given: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", target, *([f"PYTHON={given}"] if given else [])], cwd=folder, capture_output=True,
                          text=True, env={**ENVIRONMENT, **variables}, check=False)  # fmt: skip


def sets_up(folder: Path, given: str, **variables: str) -> bool:
    """Whether `make` makes the environment and installs into it; it must do both or nothing."""
    done = make(folder, ".venv/run.stamp", given, **variables)
    assert done.returncode == 0, done.stderr
    assert (folder / ".venv/bin/python").exists()
    assert ("installs" in done.stdout) == ("Making .venv with Python " in done.stderr)
    if "installs" not in done.stdout:
        assert done.stderr == ""
    return "installs" in done.stdout


@pytest.mark.parametrize("target", ["run", "demo", "test", "docs"])
@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 9, 18)])
def test_a_python_that_is_too_old_is_reported_at_once(checkout: Path, version: tuple[int, ...], target: str) -> None:
    old = python(checkout, *version)
    done = make(checkout, target, old)
    assert (done.returncode, done.stdout) == (2, "")
    sentence, end = done.stderr.splitlines()
    assert sentence == (
        f"The sandbox needs Python 3.10 or newer, and {old} is Python {version[0]}.{version[1]}. "
        f"Choose another, such as: make {target} PYTHON=python3.12"
    )
    assert end.startswith("make: ***")
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_not_there_is_reported(checkout: Path) -> None:
    done = make(checkout, "run", "python3.99")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no python3.99 here. Choose another, such as: make run PYTHON=python3.12\n")


def test_nothing_is_done_while_nothing_changes(checkout: Path) -> None:
    good = python(checkout, 3, 10, 0)
    assert sets_up(checkout, good)
    before = {file: file.lstat() for file in (checkout / ".venv").rglob("*")}
    assert not sets_up(checkout, good)
    assert not sets_up(checkout, python(checkout, 3, 10, 7))
    assert {file: file.lstat().st_mtime_ns for file in before} == {
        file: one.st_mtime_ns for file, one in before.items()
    }


def test_the_environment_is_made_again_when_the_python_has_changed(checkout: Path) -> None:
    first, newer = python(checkout, 3, 10, 0), python(checkout, 3, 13, 0)
    moved = python(checkout, 3, 13, 0, prefix="/opt/two")
    assert [sets_up(checkout, one) for one in (first, newer, newer, moved, first)] == [True, True, False, True, True]


def test_one_that_is_too_old_leaves_the_environment_as_it_is(checkout: Path) -> None:
    good = python(checkout, 3, 12, 0)
    sets_up(checkout, good)
    assert make(checkout, "run", python(checkout, 3, 9, 0)).returncode == 2
    assert not sets_up(checkout, good)


def test_the_environment_is_made_again_when_its_python_has_gone(checkout: Path) -> None:
    good = python(checkout, 3, 12, 0)
    sets_up(checkout, good)
    link = checkout / ".venv/bin/python"
    link.unlink()
    link.symlink_to("/opt/gone/bin/python3")
    assert sets_up(checkout, good)


def test_the_environment_is_made_again_when_the_folder_has_moved(checkout: Path) -> None:
    good = python(checkout, 3, 12, 0)
    sets_up(checkout, good)
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert sets_up(moved, good)


def test_an_environment_of_unknown_origin_is_made_again(checkout: Path) -> None:
    good = python(checkout, 3, 12, 0)
    sets_up(checkout, good)
    for stamp in ("made", "run"):
        (checkout / f".venv/{stamp}.stamp").write_text("", encoding="utf-8")
    assert sets_up(checkout, good)


def test_an_active_environment_is_known_by_the_python_that_it_was_made_with(checkout: Path) -> None:
    base = shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path=f"{sys.base_prefix}/bin")
    assert base is not None
    done = make(checkout, ".venv/made.stamp", base)
    assert done.returncode == 0, done.stderr
    active = f"{checkout / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    done = make(checkout, ".venv/made.stamp", "", PATH=active)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
