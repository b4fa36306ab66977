"""Packs the helper for Node twice, and checks what npm would publish."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from release import build
from release.contents import UNWANTED
from release.results import CheckFailedError, Result, judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.context import Context
    from release.project import Project

PLACE = "helpers/node"
_MANIFEST = f"{PLACE}/package.json"


def check(context: Context) -> Iterator[Result]:
    """Pack the last commit's helper from two copies, and keep the first."""
    if _MANIFEST not in context.project.tracked:
        yield Result.skipped("npm", f"there is no {_MANIFEST}")
        return
    npm = shutil.which("npm")
    if npm is None:
        found = Result.open if context.release else Result.skipped
        yield found("npm", "npm is not installed here; the workflow `release` has it")
        return
    copies = [build.copied(context.project, context.scratch / name) for name in ("npm-first", "npm-second-copy")]
    packed = [pack(npm, copy / PLACE, copy.with_name(f"{copy.name}-packed")) for copy in copies]
    manifest = json.loads((copies[0] / _MANIFEST).read_text(encoding="utf-8"))
    wrong = faults(manifest, packed[0][1])
    if difference := build.difference_of(packed[0][0], packed[1][0]):
        wrong.append(f"two packages differ: {difference}")
    kept = context.output / "npm"
    shutil.rmtree(kept, ignore_errors=True)
    if not wrong:
        kept.mkdir(parents=True)
        shutil.copy2(packed[0][0], kept)
    yield judged("npm", wrong, f"two packages are equal: {packed[0][0].name}, {len(packed[0][1])} files")
    if trouble := without_origin(manifest, context.project):
        yield Result.open("npm provenance", trouble)


def pack(npm: str, folder: Path, into: Path) -> tuple[Path, set[str]]:
    """What npm would publish: its archive, and the paths in it."""
    into.mkdir()
    command = [npm, "pack", "--json", "--ignore-scripts", "--pack-destination", str(into)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode != 0:
        raise CheckFailedError(f"npm pack: {(done.stdout + done.stderr).strip()[-1000:]}")
    [archive] = into.iterdir()
    return archive, {name.removeprefix("package/") for name in build.members(archive)}


def faults(manifest: dict[str, Any], packed: set[str]) -> list[str]:
    """What the package lacks, and what does not belong there."""
    named = [manifest.get(key) for key in ("main", "types", "exports", "bin")]
    wanted = {path.removeprefix("./") for path in _paths(named) if "*" not in path} | {"README.md", "LICENSE"}
    found = [f"it lacks {', '.join(sorted(missing))}"] if (missing := wanted - packed) else []
    if unwanted := sorted(name for name in packed if UNWANTED.search(name)):
        found.append(f"never to be published: {', '.join(unwanted)}")
    if not manifest.get("license"):
        found.append("package.json states no licence")
    return found


def without_origin(manifest: dict[str, Any], project: Project) -> str:
    """Why npm would refuse to say where the package comes from; empty if it would not."""
    repository = manifest.get("repository", "")
    url = str(repository.get("url", "") if isinstance(repository, dict) else repository)
    source = str(project.metadata["urls"]["Source"])
    if url.removeprefix("git+").removesuffix(".git") == source:
        return ""
    return f"`repository` of {_MANIFEST} is {url or 'missing'}; npm publishes with provenance only what names {source}"


def _paths(value: object) -> Iterator[str]:
    """Every path in a part of package.json."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _paths(one)
    elif isinstance(value, list):
        for one in value:
            yield from _paths(one)
