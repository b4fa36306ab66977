"""What the steps of a run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from release.project import Project
    from release.pythons import Python


@dataclass
class Context:
    """A run of the checks: what it is about, what it may do, and what it has made so far."""

    project: Project
    scratch: Path
    """A folder for everything that is not kept."""
    output: Path
    """The folder for what is published."""
    release: bool = False
    """Whether a release follows, so that nothing may be open."""
    tag: str = ""
    offline: bool = False
    allow_dirty: bool = False
    pythons: list[Python] = field(default_factory=list)
    wheel: Path | None = None
    sdist: Path | None = None
    environment: Path | None = None
    """An environment with the wheel and the versions of requirements.lock."""

    @property
    def artefacts(self) -> list[Path]:
        return [path for path in (self.wheel, self.sdist) if path is not None]
