"""Writes the software bill of materials: what an installation consists of, in the format of CycloneDX."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from release import environments
from release.environments import program
from release.results import CheckFailedError, Result, judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.context import Context
    from release.project import Project

_SPECIFICATION = "1.6"


def check(context: Context) -> Iterator[Result]:
    """Write the bill of what requirements.lock installs, and read it again."""
    environment = environments.locked(context)
    context.output.mkdir(parents=True, exist_ok=True)
    file = context.output / f"{context.project.name}-{context.project.version}.cdx.json"
    write(context, environment, file)
    bill = json.loads(file.read_text(encoding="utf-8"))
    yield judged("SBOM", faults(bill, context.project, locked_names(context)), f"{file.name}: CycloneDX "
                 f"{_SPECIFICATION}, {len(bill.get('components', []))} dependencies with their licences")  # fmt: skip


def write(context: Context, environment: Path, file: Path) -> None:
    """Let cyclonedx-py describe an environment; it validates what it writes."""
    described = context.scratch / "sbom" / "pyproject.toml"
    described.parent.mkdir(exist_ok=True)
    described.write_text(described_project(context.project), encoding="utf-8")
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", str(described),
               "--output-reproducible",
               "--spec-version", _SPECIFICATION, "--output-format", "JSON", "--output-file", str(file),
               str(program(environment, "python"))]  # fmt: skip
    variables = {**os.environ, "SOURCE_DATE_EPOCH": str(context.project.time)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode != 0:
        raise CheckFailedError(f"cyclonedx-py: {(done.stdout + done.stderr).strip()[-1000:]}")


def described_project(project: Project) -> str:
    """A pyproject.toml with the version written out, which cyclonedx-py does not find out by itself."""
    metadata = project.metadata
    plain = {"name": project.name, "version": project.version, "description": metadata["description"],
             "license": metadata["license"], "dependencies": metadata["dependencies"]}  # fmt: skip
    lines = [f"{key} = {json.dumps(value)}" for key, value in plain.items()]
    urls = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in metadata.get("urls", {}).items()]
    return "\n".join(["[project]", *lines, "[project.urls]", *urls, ""])


def locked_names(context: Context) -> set[str]:
    """The packages that pip installed into the environment, by their names in lower case."""
    listed = environments.run(sys.executable, "-m", "pip", "--python", program(environments.locked(context), "python"),
                              "list", "--format", "json", cwd=context.scratch)  # fmt: skip
    return {str(one["name"]).lower() for one in json.loads(listed)}


def faults(bill: dict[str, Any], project: Project, installed: set[str]) -> list[str]:
    """What the bill lacks."""
    found = []
    root = bill.get("metadata", {}).get("component", {})
    if (root.get("name"), root.get("version")) != (project.name, project.version):
        found.append(f"it describes {root.get('name')} {root.get('version')}, not {project.name} {project.version}")
    components = bill.get("components", [])
    names = {str(one["name"]).lower() for one in components}
    if missing := installed - names - {project.name}:
        found.append(f"it lacks {', '.join(sorted(missing))}")
    found += [f"{one['name']} has no version, no purl or no licence" for one in components
              if not (one.get("version") and one.get("purl") and one.get("licenses"))]  # fmt: skip
    return found
