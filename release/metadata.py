"""What the packages say about themselves: names, versions, classifiers, addresses, description, licence."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from packaging.metadata import Metadata
from packaging.version import Version

from release.results import CheckFailedError, Result, judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.context import Context
    from release.project import Project

ADDRESSES = ("Homepage", "Documentation", "Source", "Changelog", "Issues")
SYSTEMS = ("POSIX :: Linux",)
_RELATIVE = re.compile(r"\]\((?!https?://|#|mailto:)([^)\s]+)\)|(?:href|src)=\"(?!https?://|#)([^\"]+)\"")


def check(context: Context) -> Iterator[Result]:
    """Read the metadata of the wheel, and let twine read that of both packages."""
    if context.wheel is None:
        raise CheckFailedError("nothing was built")
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, context.artefacts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wrong = faults(context.project, described(context.wheel))
    if done.returncode != 0:
        wrong.append(f"twine check: {(done.stdout + done.stderr).strip()}")
    yield judged("metadata", wrong, f"name, version, {len(ADDRESSES)} addresses, Pythons "
                 f"{', '.join(context.project.pythons)}, systems, licence, description; twine agrees")  # fmt: skip


def described(wheel: Path) -> Metadata:
    """The metadata of a wheel."""
    with zipfile.ZipFile(wheel) as opened:
        [name] = [one for one in opened.namelist() if one.endswith(".dist-info/METADATA")]
        return Metadata.from_email(opened.read(name), validate=True)


def faults(project: Project, metadata: Metadata) -> list[str]:
    """What is wrong or missing in the metadata."""
    classifiers = metadata.classifiers or []
    urls = metadata.project_urls or {}
    found = []
    if (metadata.name, str(metadata.version)) != (project.name, project.version):
        found.append(f"it is {metadata.name} {metadata.version}, not {project.name} {project.version}")
    found += [f"no address for {label}" for label in ADDRESSES if label not in urls]
    found += [f"the address of {label} is {url}" for label, url in urls.items() if not url.startswith("https://")]
    found += [f"no classifier for {one}" for one in SYSTEMS if f"Operating System :: {one}" not in classifiers]
    found += _pythons(project, metadata)
    if metadata.license_expression is None or not metadata.license_files:
        found.append("no licence, or no file with it")
    if not metadata.keywords or not metadata.summary:
        found.append("no keywords, or no summary")
    if metadata.description_content_type is None or "markdown" not in metadata.description_content_type:
        found.append("the description is not marked as Markdown")
    links = [one or other for one, other in _RELATIVE.findall(metadata.description or "")]
    if links:
        found.append(f"the description has links that lead nowhere outside of the repository: {', '.join(links[:5])}")
    return found


def _pythons(project: Project, metadata: Metadata) -> Iterator[str]:
    promised = [Version(version) for version in project.pythons]
    if not promised:
        yield "no classifier for a version of Python"
        return
    minors = [version.minor for version in promised]
    if minors != list(range(minors[0], minors[-1] + 1)):
        yield f"the classifiers skip a version of Python: {', '.join(project.pythons)}"
    required = metadata.requires_python
    below = f"{promised[0].major}.{promised[0].minor - 1}"
    if required is None or not all(required.contains(version) for version in promised) or required.contains(below):
        yield f"Requires-Python is {required}, and the classifiers begin with {promised[0]}"
