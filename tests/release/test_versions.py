"""Versions, the changelog, and the tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from release import changelog, versions
from release.results import CheckFailedError, State
from tests.release.specimens import FILES, context_of, edited, specimen

if TYPE_CHECKING:
    from pathlib import Path


def found(folder: Path, changes: dict[str, str | None] | None = None, *, tag: str = "") -> dict[str, tuple[State, str]]:
    context = context_of(specimen(folder / "project", **(changes or {})), folder / "scratch")
    context.tag = tag
    return {result.check: (result.state, result.detail) for result in versions.check(context)}


def test_one_version_everywhere_passes(tmp_path: Path) -> None:
    results = found(tmp_path, tag="v1.0.0")
    assert results == {
        "versions": (
            State.PASSED,
            "1.0.0 in mockserver, helpers/node/package.json, helpers/java/pom.xml, CHANGELOG.md, and the tag v1.0.0",
        ),
        "release date": (State.PASSED, "2026-12-01"),
    }


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (edited("mockserver/__init__.py", "1.0.0", "1.0.1"), "helpers/node/package.json has 1.0.0, not 1.0.1"),
        (edited("helpers/node/package.json", "1.0.0", "0.1.0"), "helpers/node/package.json has 0.1.0, not 1.0.0"),
        (edited("helpers/java/pom.xml", "<version>1.0.0", "<version>1"), "helpers/java/pom.xml has 1, not 1.0.0"),
        (edited("CHANGELOG.md", "## 1.0.0", "## 1.1.0"), "the top entry of CHANGELOG.md is 1.1.0, not 1.0.0"),
        (
            edited("CHANGELOG.md", "## 1.0.0 - 2026-12-01", "## Unreleased"),
            "the top entry of CHANGELOG.md is 'Unreleased'",
        ),
    ],
)
def test_another_version_fails(tmp_path: Path, changes: dict[str, str | None], fault: str) -> None:
    state, detail = found(tmp_path, changes)["versions"]
    assert state is State.FAILED
    assert fault in detail


def test_another_tag_fails(tmp_path: Path) -> None:
    assert found(tmp_path, tag="v1.0")["versions"] == (State.FAILED, "the tag is v1.0, not v1.0.0")


def test_the_date_is_open_until_the_release(tmp_path: Path) -> None:
    results = found(tmp_path, edited("CHANGELOG.md", "2026-12-01", "unreleased"))
    assert results["versions"][0] is State.PASSED
    assert results["release date"][0] is State.OPEN


def test_the_notes_are_the_entry_with_links_that_lead_somewhere(tmp_path: Path) -> None:
    found(tmp_path)
    assert (tmp_path / "scratch/dist/notes.md").read_text(encoding="utf-8") == (
        "### Added\n\n- Everything ([docs](https://example.com/acme/yabandpay-mock/blob/v1.0.0/docs/all.md)).\n"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# Changelog\n", "has no entry"),
        ("## 1.0.0 - soon\n\n- A.\n", "the date of the entry 1.0.0 of CHANGELOG.md is 'soon'"),
        ("## 1.0.0\n\n## 0.9\n\n- A.\n", "the entry 1.0.0 of CHANGELOG.md is empty"),
    ],
)
def test_a_changelog_that_cannot_be_released_is_refused(text: str, fault: str) -> None:
    with pytest.raises(CheckFailedError, match=fault):
        changelog.newest(text)


def test_a_release_dates_the_top_entry_and_no_other() -> None:
    undated = FILES["CHANGELOG.md"].replace("2026-12-01", changelog.UNDATED)
    assert changelog.dated(undated, "2026-12-01") == FILES["CHANGELOG.md"]


def test_the_notes_have_no_line_ends_inside_of_a_paragraph(tmp_path: Path) -> None:
    text = "One\ntwo:\n\n- three\n  **four**\n- five\n\n```sh\na\nb\n```\n\n### Six\n\nseven\neight"
    whole = "One two:\n\n- three **four**\n- five\n\n```sh\na\nb\n```\n\n### Six\n\nseven eight"
    assert versions.notes(specimen(tmp_path), text) == whole


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SECURITY.md", "`oci://ghcr.io/acme/yabandpay-mock:0.9.0`\n"),
        ("helpers/java/README.md", "<version>0.9.0</version>\n"),
        ("helpers/java/README.zh-CN.md", 'testImplementation("a:yabandpay-mock-junit:0.9.0")\n'),
    ],
)
def test_a_document_that_quotes_another_version_fails(tmp_path: Path, name: str, text: str) -> None:
    assert found(tmp_path, {name: text})["versions"] == (State.FAILED, f"{name} has 0.9.0, not 1.0.0")
    assert found(tmp_path / "good", {name: text.replace("0.9", "1.0")})["versions"][0] is State.PASSED
