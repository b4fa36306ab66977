"""What a maintainer does before the workflow `release`: date the changelog, commit, check, tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release import changelog
from release.results import CheckFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from release.project import Project


def prepare(project: Project, today: str, check: Callable[[str], bool]) -> str:
    """Commit the date of the release, check that commit as a release, and tag it; give the tag."""
    tag = f"v{project.version}"
    if project.git("status", "--porcelain"):
        raise CheckFailedError("commit your changes first: a release is made of what is committed")
    if (branch := project.git("branch", "--show-current")) != "main":
        raise CheckFailedError(f"a release is made on main, and this is {branch or 'no branch'}")
    if project.git("tag", "--list", tag):
        raise CheckFailedError(f"there is a tag {tag} already: raise __version__ in mockserver/__init__.py")
    text = project.text("CHANGELOG.md")
    if not changelog.newest(text).date:
        (project.root / "CHANGELOG.md").write_text(changelog.dated(text, today), encoding="utf-8")
        project.git("commit", "--quiet", "--message", f"Release {project.version}", "CHANGELOG.md")
    if not check(tag):
        raise CheckFailedError(f"{tag} is not made. Fix what failed or is open, commit, and run `make release` again")
    project.git("tag", "--annotate", "--message", f"{project.name} {project.version}", tag)
    return tag
