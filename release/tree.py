"""The checkout itself: whether it is what would be published, and whether its address is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.project import PLACEHOLDER
from release.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.context import Context
    from release.project import Project

# These explain the placeholder, look for it, or are copied by people who keep a repository of their own.
KEEPS_PLACEHOLDER = ("release/", "tests/release/", "docs/releasing.md", "docs/decisions.md", "CHANGELOG.md")


def check(context: Context) -> Iterator[Result]:
    """Say what is not committed, and where an address is missing."""
    project = context.project
    changed = [line for line in project.git("status", "--porcelain").splitlines() if line]
    head = project.git("log", "-1", "--format=%h %s")
    if not changed:
        yield Result.passed("checkout", f"everything is committed: {head}")
    elif context.allow_dirty and not context.release:
        yield Result.skipped(
            "checkout", f"{len(changed)} files are not committed and not part of what is built: {head}"
        )
    else:
        yield Result.failed("checkout", "\n".join(["not committed:", *changed[:10]]))
    if unfilled := with_placeholder(project):
        yield Result.open(
            "repository address",
            f"{PLACEHOLDER} stands in {', '.join(unfilled)}: `make repository OWNER=name` fills in the owner on GitHub",
        )
    else:
        yield Result.passed("repository address", str(project.metadata["urls"]["Source"]))


def with_placeholder(project: Project) -> list[str]:
    """The files in which the owner of the repository is to be filled in."""
    found = []
    for name in project.tracked:
        path = project.root / name
        if name.startswith(KEEPS_PLACEHOLDER) or not path.is_file():
            continue
        if PLACEHOLDER.encode() in path.read_bytes():
            found.append(name)
    return found


def fill_in(project: Project, owner: str) -> list[str]:
    """Write the owner of the repository wherever it is missing; give the files."""
    names = with_placeholder(project)
    for name in names:
        path = project.root / name
        text = path.read_bytes()
        image = f"ghcr.io/{PLACEHOLDER}".encode()  # the address of an image has no capitals
        text = text.replace(image, f"ghcr.io/{owner.lower()}".encode())
        path.write_bytes(text.replace(PLACEHOLDER.encode(), owner.encode()))
    return names
