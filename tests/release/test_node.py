"""What npm would publish: what is missing in it, and whether it says where it comes from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from release import node
from release.results import State
from tests.release.specimens import context_of, edited, needs_tools, specimen

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    needs_tools,
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm"),
]


def found(folder: Path, **changes: str | None) -> list[tuple[State, str]]:
    context = context_of(specimen(folder / "project", **changes), folder / "scratch")
    return [(result.state, result.detail) for result in node.check(context)]


def test_equal_packages_with_all_that_they_export_pass(tmp_path: Path) -> None:
    assert found(tmp_path) == [(State.PASSED, "two packages are equal: yabandpay-mock-1.0.0.tgz, 4 files")]
    assert [path.name for path in (tmp_path / "scratch/dist/npm").iterdir()] == ["yabandpay-mock-1.0.0.tgz"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"helpers/node/lib/index.js": None, "helpers/node/lib/other.js": ""}, "it lacks lib/index.js"),
        ({"helpers/node/LICENSE": None}, "it lacks LICENSE"),
        ({"helpers/node/lib/ca.pem": "key"}, "never to be published: lib/ca.pem"),
        (edited("helpers/node/package.json", '"license": "MIT", ', ""), "package.json states no licence"),
    ],
)
def test_a_package_that_lacks_something_fails(tmp_path: Path, changes: dict[str, str | None], fault: str) -> None:
    project = specimen(tmp_path / "project")
    for name, text in changes.items():
        if text is None:
            (project.root / name).unlink()
        else:
            (project.root / name).write_text(text, encoding="utf-8")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "Broken")
    [result] = node.check(context_of(project, tmp_path / "scratch"))
    assert (result.state, result.detail) == (State.FAILED, fault)
    assert not (tmp_path / "scratch/dist/npm").exists()


def test_a_package_of_another_repository_is_open(tmp_path: Path) -> None:
    results = found(tmp_path, **edited("helpers/node/package.json", "acme", "other"))
    assert results[0][0] is State.PASSED
    assert results[1] == (
        State.OPEN,
        (
            "`repository` of helpers/node/package.json is git+https://example.com/other/yabandpay-mock.git; "
            "npm publishes with provenance only what names https://example.com/acme/yabandpay-mock"
        ),
    )
