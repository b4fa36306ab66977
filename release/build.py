"""Builds the sdist and the wheel twice, under different circumstances, and compares them byte by byte."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

from release.results import CheckFailedError, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from release.context import Context
    from release.project import Project

# What must not matter: the zone, the language, the order of sets, the owner's habits, the time on the files.
_CIRCUMSTANCES: tuple[Mapping[str, str], ...] = (
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
)


def check(context: Context) -> Iterator[Result]:
    """Build twice from two copies of the last commit, and keep the first."""
    copies = [copied(context.project, context.scratch / name) for name in ("first", "second-copy")]
    _age(copies[1])
    built = [
        build(context.project, copy, circumstances) for copy, circumstances in zip(copies, _CIRCUMSTANCES, strict=True)
    ]
    for one, other in zip(*built, strict=True):
        if difference := difference_of(one, other):
            yield Result.failed("reproducible", f"two builds of {one.name} differ: {difference}")
            return
    direct = build(context.project, copies[1], _CIRCUMSTANCES[1], "--wheel")
    if difference := difference_of(built[0][1], direct[0]):
        yield Result.failed("reproducible", f"the wheel from the sdist is not the one from the checkout: {difference}")
        return
    context.sdist, context.wheel = keep(built[0], context.output)
    for path in context.artefacts:
        yield Result.passed(
            "wheel" if path.suffix == ".whl" else "sdist",
            f"two builds are equal: {path.name}, {path.stat().st_size:,} bytes, {digest(path)}",
        )


def copied(project: Project, folder: Path) -> Path:
    """A copy of the last commit, without anything else that lies in the checkout."""
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    project.git("archive", "--format=tar", f"--output={archive}", "HEAD")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder


def _age(folder: Path) -> None:
    """Give the files another time and another mode, as a checkout elsewhere would."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.chmod(0o600)
        os.utime(path, (1_600_000_000, 1_600_000_000))


def build(project: Project, tree: Path, circumstances: Mapping[str, str], *options: str) -> list[Path]:
    """Build a copy; give the sdist and the wheel."""
    into = tree.with_name(f"{tree.name}-built{''.join(options)}")
    environment = {**os.environ, **circumstances, "SOURCE_DATE_EPOCH": str(project.time)}
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(into), *options, str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise CheckFailedError(f"the build failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")
    expected = [into / f"{project.stem}.tar.gz", into / f"{project.stem}-py3-none-any.whl"][bool(options) :]
    if sorted(into.iterdir()) != sorted(expected):
        raise CheckFailedError(f"the build made {', '.join(sorted(path.name for path in into.iterdir()))}")
    return expected


def keep(built: list[Path], output: Path) -> tuple[Path, Path]:
    """Copy what was built to where it is published from, with its checksums."""
    packages = output / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir(parents=True)
    sdist, wheel = (packages / path.name for path in built)
    for path in built:
        shutil.copy2(path, packages)
    sums = "".join(f"{digest(path)}  {path.name}\n" for path in sorted((sdist, wheel)))
    (output / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return sdist, wheel


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def members(path: Path) -> dict[str, tuple[object, ...]]:
    """What is in an archive, by name: what is packed, and what is noted about it."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {one.filename: (wheel.read(one), one.date_time, one.external_attr) for one in wheel.infolist()}
    with tarfile.open(path) as sdist:
        found: dict[str, tuple[object, ...]] = {}
        for one in sdist.getmembers():
            packed = sdist.extractfile(one)
            found[one.name] = (packed.read() if packed else b"", one.mtime, one.mode, one.uid, one.uname)
        return found


def difference_of(one: Path, other: Path) -> str:
    """How two archives differ, by the first of their members that does; empty if they do not."""
    if one.read_bytes() == other.read_bytes():
        return ""
    ours, theirs = members(one), members(other)
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in ours or name not in theirs:
            return f"only one of them has {name}"
        if ours[name][0] != theirs[name][0]:
            return f"the content of {name}"
        if ours[name] != theirs[name]:
            return f"what is noted about {name}: {ours[name][1:]} and {theirs[name][1:]}"
    return "how their members are packed"
