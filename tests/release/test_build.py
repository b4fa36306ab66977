"""Two builds that differ are told apart, and what is packed is what git tracks."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from release import build, contents
from release.results import CheckFailedError, State
from tests.release.specimens import FILES, commit, context_of, edited, needs_tools, specimen

if TYPE_CHECKING:
    from pathlib import Path

    from release.context import Context

HOOK = "\n[tool.hatch.build.targets.{target}.hooks.custom]\npath = 'hook.py'\n"
WRITES = """
import {module}
from pathlib import Path
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        Path(self.root, "mockserver/__main__.py").write_text("built = " + repr({value}))
"""


def built(folder: Path, **changes: str | None) -> Context:
    context = context_of(specimen(folder / "project", **changes), folder / "scratch")
    results = list(build.check(context))
    assert {result.state for result in results} == {State.PASSED}
    return context


@pytest.mark.slow
@needs_tools
def test_equal_builds_pass_and_are_kept_with_their_checksums(tmp_path: Path) -> None:
    context = built(tmp_path)
    names = ["yabandpay_mock-1.0.0-py3-none-any.whl", "yabandpay_mock-1.0.0.tar.gz"]
    packages = context.output / "packages"
    assert sorted(path.name for path in packages.iterdir()) == names
    sums = [line.split() for line in (context.output / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    assert sums == [[build.digest(packages / name), name] for name in names]
    assert {result.state for result in contents.check(context)} == {State.PASSED}


@pytest.mark.slow
@needs_tools
@pytest.mark.parametrize(
    ("module", "value"), [("time", "time.time_ns()"), ("os", "os.environ['TZ']"), ("os", "hash('a')")]
)
def test_builds_that_depend_on_their_circumstances_fail(tmp_path: Path, module: str, value: str) -> None:
    project = FILES["pyproject.toml"].replace('"/mockserver",', '"/mockserver", "/hook.py",') + HOOK.format(
        target="wheel"
    )
    changes = {"pyproject.toml": project, "hook.py": WRITES.format(module=module, value=value)}
    context = context_of(specimen(tmp_path / "project", **changes), tmp_path / "scratch")
    [result] = build.check(context)
    assert result.state is State.FAILED
    assert "differ: the content of mockserver/__main__.py" in result.detail
    assert context.artefacts == []


@pytest.mark.slow
@needs_tools
def test_a_wheel_that_the_sdist_cannot_build_fails(tmp_path: Path) -> None:
    """The sdist lacks a module, so that the wheel from it lacks it too."""
    project = FILES["pyproject.toml"].replace('exclude = ["/tests/release"]', 'exclude = ["/mockserver/__main__.py"]')
    context = context_of(specimen(tmp_path / "project", **{"pyproject.toml": project}), tmp_path / "scratch")
    [result] = build.check(context)
    assert result.state is State.FAILED
    assert "only one of them has mockserver/__main__.py" in result.detail


@pytest.mark.slow
@needs_tools
def test_only_what_is_committed_is_built(tmp_path: Path) -> None:
    project = specimen(tmp_path / "project")
    (project.root / "mockserver" / "notes.txt").write_text("mine", encoding="utf-8")
    context = context_of(project, tmp_path / "scratch")
    assert {result.state for result in build.check(context)} == {State.PASSED}
    assert context.wheel is not None
    assert "mockserver/notes.txt" not in build.members(context.wheel)


@pytest.mark.slow
@needs_tools
def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    changes = edited("pyproject.toml", 'license = "MIT"', 'license = "No such licence"')
    context = context_of(specimen(tmp_path / "project", **changes), tmp_path / "scratch")
    with pytest.raises(CheckFailedError, match="(?s)the build failed:.*license"):
        list(build.check(context))


@pytest.mark.slow
@needs_tools
@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'packages = ["mockserver"]',
            'packages = ["mockserver"]\nexclude = ["py.typed"]',
            "missing: mockserver/py.typed",
        ),
        ('exclude = ["/tests/release"]', "", ""),
    ],
)
def test_a_wheel_without_a_file_fails(tmp_path: Path, old: str, new: str, fault: str) -> None:
    context = built(tmp_path, **edited("pyproject.toml", old, new))
    sdist, wheel = contents.check(context)
    assert sdist.state is State.PASSED
    assert (wheel.state, wheel.detail) == (State.FAILED, fault) if fault else wheel.state is State.PASSED


@pytest.mark.slow
@needs_tools
def test_a_file_that_an_ignored_pattern_drops_is_missed(tmp_path: Path) -> None:
    project = specimen(tmp_path / "project", **{"mockserver/data.txt": "needed"})
    commit(project.root, **{".gitignore": "dist/\n*.txt\n"})
    context = context_of(project, tmp_path / "scratch")
    list(build.check(context))
    fault = "missing: mockserver/data.txt"
    assert [(result.state, result.detail) for result in contents.check(context)] == [(State.FAILED, fault)] * 2


def test_what_must_never_be_published_is_named() -> None:
    names = {"a.py", "b/__pycache__/a.pyc", "keys/ca.pem", ".env", "x/node_modules/y.js", "sandbox.db"}
    assert contents.faults(names, names) == [
        "never to be published: .env, b/__pycache__/a.pyc, keys/ca.pem, sandbox.db, x/node_modules/y.js"
    ]
    assert contents.faults({"a"}, {"b"}) == ["missing: b", "not expected: a"]
    assert contents.faults({"a"}, {"a"}) == []


def wheel(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        for name, text in members.items():
            opened.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return path


def test_the_difference_of_two_wheels_is_named(tmp_path: Path) -> None:
    one = wheel(tmp_path / "one.whl", a="1", b="2")
    assert build.difference_of(one, wheel(tmp_path / "same.whl", a="1", b="2")) == ""
    assert build.difference_of(one, wheel(tmp_path / "other.whl", a="1", b="3")) == "the content of b"
    assert build.difference_of(one, wheel(tmp_path / "less.whl", a="1")) == "only one of them has b"
    assert build.difference_of(one, wheel(tmp_path / "order.whl", b="2", a="1")) == "how their members are packed"


def test_the_difference_of_two_sdists_is_named(tmp_path: Path) -> None:
    for name, time in (("one.tar.gz", 1), ("two.tar.gz", 2)):
        with tarfile.open(tmp_path / name, "w:gz") as opened:
            member = tarfile.TarInfo("a")
            member.mtime, member.size = time, 1
            opened.addfile(member, io.BytesIO(b"x"))
    assert build.difference_of(tmp_path / "one.tar.gz", tmp_path / "two.tar.gz").startswith("what is noted about a: (1")
