"""The command: the checkout, the owner of the repository, the tag, and the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from release import tree
from release.preparing import prepare
from release.project import PLACEHOLDER
from release.results import CheckFailedError, State
from tests.release.specimens import FILES, commit, context_of, edited, git, needs_tools, specimen

if TYPE_CHECKING:
    from pathlib import Path

UNDATED = edited("CHANGELOG.md", "2026-12-01", "unreleased")
UNFILLED = {"pyproject.toml": FILES["pyproject.toml"].replace("example.com/acme", f"example.com/{PLACEHOLDER}")}


def run(folder: Path, *arguments: str) -> int:
    from release.__main__ import main  # noqa: PLC0415 - imports what not everyone has

    return main(["--root", str(folder), *arguments])


def test_a_checkout_as_committed_passes(tmp_path: Path) -> None:
    context = context_of(specimen(tmp_path / "project"), tmp_path / "scratch")
    assert [result.state for result in tree.check(context)] == [State.PASSED, State.PASSED]


@pytest.mark.parametrize(
    ("allow_dirty", "release", "state"),
    [(False, False, State.FAILED), (True, False, State.SKIPPED), (True, True, State.FAILED)],
)
def test_what_is_not_committed_fails(tmp_path: Path, *, allow_dirty: bool, release: bool, state: State) -> None:
    context = context_of(specimen(tmp_path / "project"), tmp_path / "scratch")
    context.allow_dirty, context.release = allow_dirty, release
    (context.project.root / "new.py").write_text("", encoding="utf-8")
    assert next(tree.check(context)).state is state


def test_an_owner_that_is_not_filled_in_is_open_until_one_command_fills_it_in(tmp_path: Path) -> None:
    project = specimen(tmp_path / "project", **UNFILLED, **{"docs/a.md": f"{PLACEHOLDER}/x"})
    context = context_of(project, tmp_path / "scratch")
    result = list(tree.check(context))[1]
    assert (result.state, "docs/a.md, pyproject.toml" in result.detail) == (State.OPEN, True)
    assert tree.fill_in(project, "acme") == ["docs/a.md", "pyproject.toml"]
    assert "example.com/acme/yabandpay-mock" in project.text("pyproject.toml")
    assert project.text("docs/a.md") == "acme/x"
    assert tree.with_placeholder(project) == []


@needs_tools
def test_the_command_refuses_an_owner_that_cannot_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = specimen(tmp_path / "project", **UNFILLED)
    assert run(project.root, "repository", "https://example.com/acme") == 1
    assert "is no name of an owner" in capsys.readouterr().err
    assert run(project.root, "repository", "acme") == 0
    assert capsys.readouterr().out == "pyproject.toml\n"


@needs_tools
def test_the_exit_status_says_whether_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = specimen(tmp_path / "project", **UNDATED)
    chosen = ("check", "--only", "tree,versions")
    assert run(project.root, *chosen) == 0
    assert (
        "Nothing failed: 3 passed, 1 open, 12 skipped. Close what is open before a release." in capsys.readouterr().out
    )
    assert run(project.root, *chosen, "--release") == 1
    assert "Not to be released: 3 passed, 1 open" in capsys.readouterr().out
    assert run(project.root, *chosen, "--tag", "v2") == 1
    assert "the tag is v2, not v1.0.0" in capsys.readouterr().out
    assert run(project.root, "check", "--only", "all") == 1
    assert "there is no step all" in capsys.readouterr().err


@needs_tools
def test_a_step_that_cannot_go_on_fails_and_the_others_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = specimen(tmp_path / "project", **{"mockserver/__init__.py": ""})
    assert run(project.root, "check", "--only", "tree,versions") == 1
    printed = capsys.readouterr().out
    assert "versions" in printed
    assert "\ntree: checkout " in printed
    assert "\ntree: repository address " in printed
    assert "mockserver/__init__.py has no __version__" in printed


@needs_tools
def test_a_step_that_breaks_fails_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FILES["pyproject.toml"].replace("[project.urls]", "[tool.urls]")
    project = specimen(tmp_path / "project", **{"pyproject.toml": text})
    assert run(project.root, "check", "--only", "tree,versions") == 1
    assert "the step itself failed with KeyError: 'urls'" in capsys.readouterr().out


def test_a_release_is_dated_checked_and_tagged(tmp_path: Path) -> None:
    project = specimen(tmp_path / "project", **UNDATED)
    checked: list[str] = []

    def check(tag: str) -> bool:
        checked.append(f"{tag} at {git(project.root, 'log', '-1', '--format=%s').strip()}")
        return True

    assert prepare(project, "2026-12-24", check) == "v1.0.0"
    assert checked == ["v1.0.0 at Release 1.0.0"]
    assert "## 1.0.0 - 2026-12-24" in git(project.root, "show", "v1.0.0:CHANGELOG.md")
    with pytest.raises(CheckFailedError, match="there is a tag v1.0.0 already"):
        prepare(project, "2026-12-25", check)


def test_a_release_that_fails_has_no_tag_and_can_be_repeated(tmp_path: Path) -> None:
    project = specimen(tmp_path / "project", **UNDATED)
    with pytest.raises(CheckFailedError, match=r"v1\.0\.0 is not made"):
        prepare(project, "2026-12-24", lambda _: False)
    assert git(project.root, "tag", "--list") == ""
    assert prepare(project, "2026-12-25", lambda _: True) == "v1.0.0"
    assert git(project.root, "log", "--format=%s").splitlines()[0] == "Release 1.0.0"
    assert "## 1.0.0 - 2026-12-24" in project.text("CHANGELOG.md")


def test_a_release_is_not_made_of_what_is_not_committed(tmp_path: Path) -> None:
    project = specimen(tmp_path / "project")
    (project.root / "README.md").write_text("changed", encoding="utf-8")
    with pytest.raises(CheckFailedError, match="commit your changes first"):
        prepare(project, "2026-12-24", lambda _: pytest.fail("checked"))
    commit(project.root)
    assert prepare(project, "2026-12-24", lambda _: True) == "v1.0.0"


def test_a_release_is_made_on_main(tmp_path: Path) -> None:
    project = specimen(tmp_path)
    git(tmp_path, "switch", "--quiet", "--create", "other")
    with pytest.raises(CheckFailedError, match="a release is made on main, and this is other"):
        prepare(project, "2026-12-24", lambda _: pytest.fail("checked"))


def test_the_address_of_an_image_has_no_capitals(tmp_path: Path) -> None:
    project = specimen(tmp_path, **{"use.md": f"ghcr.io/{PLACEHOLDER}/a https://github.com/{PLACEHOLDER}/a\n"})
    tree.fill_in(project, "Acme")
    assert project.text("use.md") == "ghcr.io/acme/a https://github.com/Acme/a\n"
