"""The steps of a check in their order, and the run of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release import audit, build, contents, install, licences, metadata, node, sbom, tree, versions
from release.results import CheckFailedError, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from release.context import Context

STEPS: dict[str, Callable[[Context], Iterator[Result]]] = {
    "tree": tree.check,
    "versions": versions.check,
    "build": build.check,
    "contents": contents.check,
    "metadata": metadata.check,
    "npm": node.check,
    "licences": licences.check,
    "audit": audit.check,
    "sbom": sbom.check,
    "install": install.check,
    "launchers": install.check_launchers,
}
NEEDS_BUILD = {"contents", "metadata", "sbom", "install", "launchers"}
NOT_HERE = (
    ("tests", "run `make test SLOW=1`; the workflow `release` waits for the workflow `tests`"),
    ("image", "tests/container builds it with make test SLOW=1, and the workflow `release` for two processors"),
    ("upload", "the workflow `release` does it, once the tag is pushed"),
)
"""What belongs to a release, but not to this check."""


def _titled(step: str, check: str) -> str:
    """The name of a row: it begins with what --only takes."""
    return step if check.lower() == step else f"{step}: {check}"


def run(context: Context, chosen: set[str]) -> Iterator[Result]:
    """Do the chosen steps, each whatever became of the others."""
    if chosen & NEEDS_BUILD:
        chosen = chosen | {"build"}
    for name, step in STEPS.items():
        if name not in chosen:
            yield Result.skipped(name, "not chosen by --only")
            continue
        try:
            for result in step(context):
                yield replace(result, check=_titled(name, result.check))
        except CheckFailedError as error:
            yield Result.failed(name, str(error))
        except Exception as error:  # noqa: BLE001 - the table has to come, whatever a step did not expect
            yield Result.failed(name, f"the step itself failed with {type(error).__name__}: {error}")
    for name, why in NOT_HERE:
        yield Result.skipped(name, why)
