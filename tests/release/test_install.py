"""Packages that do not install, or do not work once installed, fail."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from release import build, install, sbom
from release.pythons import Python
from release.results import CheckFailedError, State
from tests.release.specimens import context_of, edited, needs_tools, specimen

if TYPE_CHECKING:
    from release.context import Context
    from release.results import Result

pytestmark = [pytest.mark.slow, needs_tools]
HERE = Python(Path(sys.executable), (sys.version_info[0], sys.version_info[1], sys.version_info[2]))


def built(folder: Path, **changes: str | None) -> Context:
    context = context_of(specimen(folder / "project", **changes), folder / "scratch")
    list(build.check(context))
    context.pythons = [HERE]
    return context


def tried(context: Context) -> Result:
    assert context.wheel is not None
    return install.tried(context, HERE, "wheel", context.wheel)


def test_what_works_passes_and_other_pythons_are_skipped(tmp_path: Path) -> None:
    results = list(install.check(built(tmp_path)))
    states = [(result.check, result.state) for result in results]
    others = [f"Python {version}" for version in ("3.10", "3.11", "3.12", "3.13", "3.14") if version != HERE.minor]
    here = [(f"{kind}, Python {HERE}", State.PASSED) for kind in ("wheel", "sdist")]
    assert states[:2] == here
    assert states[2:] == [(other, State.SKIPPED) for other in others]


def test_a_smoke_test_that_fails_fails(tmp_path: Path) -> None:
    context = built(tmp_path, **{"tests/smoke.py": "raise AssertionError('no answer')\n"})
    result = tried(context)
    assert result.state is State.FAILED
    assert "no answer" in result.detail


def test_a_dependency_that_cannot_be_had_fails(tmp_path: Path) -> None:
    changes = edited("pyproject.toml", "dependencies = []", 'dependencies = ["yabandpay-mock==2"]')
    assert tried(built(tmp_path, **changes)).state is State.FAILED


def test_a_command_of_another_version_fails(tmp_path: Path) -> None:
    context = built(tmp_path, **edited("mockserver/__main__.py", "__version__)", "'0.9')"))
    result = tried(context)
    assert (result.state, result.detail) == (State.FAILED, "the wheel installs 0.9, not 1.0.0")


def test_without_a_python_nothing_is_called_tried(tmp_path: Path) -> None:
    context = built(tmp_path)
    context.pythons = []
    assert list(install.check(context))[-1].state is State.FAILED
    context.wheel = context.sdist = None
    with pytest.raises(CheckFailedError, match="nothing was built"):
        list(install.check(context))


def test_uvx_and_pipx_run_the_wheel(tmp_path: Path) -> None:
    context = built(tmp_path)
    assert [(result.check, result.state) for result in install.check_launchers(context)] == [
        ("uvx", State.PASSED),
        ("pipx run", State.PASSED),
    ]


def test_the_bill_of_materials_names_the_version_and_what_is_installed(tmp_path: Path) -> None:
    context = built(tmp_path, **{"requirements.lock": ""})
    [result] = sbom.check(context)
    assert (result.state, result.detail) == (
        State.PASSED,
        "yabandpay-mock-1.0.0.cdx.json: CycloneDX 1.6, 0 dependencies with their licences",
    )
    assert (context.output / "yabandpay-mock-1.0.0.cdx.json").is_file()
