"""Which lock files are audited, and which licences are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from release.locks import locks
from release.results import CheckFailedError
from tests.release.specimens import context_of, edited, needs_tools, specimen

if TYPE_CHECKING:
    from pathlib import Path

EXTRAS = edited("pyproject.toml", "dependencies = []", "dependencies = []\noptional-dependencies = {a = [], b = []}")


@pytest.mark.slow
@needs_tools
def test_an_extra_without_a_lock_file_gets_one(tmp_path: Path) -> None:
    changes = {**EXTRAS, "requirements.lock": "", "requirements-a.lock": "", "requirements-dev.lock": ""}
    context = context_of(specimen(tmp_path / "project", **changes), tmp_path / "scratch")
    root = context.project.root
    assert locks(context) == [
        root / "requirements.lock",
        root / "requirements-a.lock",
        context.scratch / "requirements-b.lock",
    ]
    assert (context.scratch / "requirements-b.lock").is_file()


@pytest.mark.slow
@needs_tools
def test_an_extra_that_the_lock_file_of_development_contradicts_fails(tmp_path: Path) -> None:
    changes = edited(
        "pyproject.toml", "dependencies = []", 'dependencies = []\noptional-dependencies = {a = ["click>=8"]}'
    )
    context = context_of(
        specimen(tmp_path / "project", **changes, **{"requirements-dev.lock": "click==7.0"}), tmp_path / "scratch"
    )
    with pytest.raises(CheckFailedError, match="uv found no versions for the extra a"):
        locks(context)
