"""Asks for known vulnerabilities of the dependencies, and says openly what could not be asked."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.locks import locks
from release.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from release.context import Context

SERVICES = {"pypi": "the Python index", "osv": "OSV"}
_FEW = 3


@dataclass
class Audit:
    """What a service said of a list of dependencies."""

    asked: int = 0
    vulnerable: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """The dependencies of which the service said nothing."""
    trouble: str = ""
    """Why the service said nothing at all."""

    @property
    def complete(self) -> bool:
        return bool(self.asked) and not self.unknown and not self.trouble


def check(context: Context) -> Iterator[Result]:
    """Audit the lock files, with the next service where the one before did not answer."""
    if context.offline:
        yield Result.open("audit", "not audited: --offline was given. Run it without --offline")
        return
    files = locks(context)
    reasons = []
    for service, title in SERVICES.items():
        audit = audited(files, service)
        if audit.vulnerable:
            yield Result.failed("audit", "\n".join(audit.vulnerable))
            return
        if audit.complete:
            yield Result.passed("audit", f"no known vulnerability of {audit.asked} dependencies, according to {title}")
            return
        reasons.append(f"{title}: {_reason(audit)}")
    yield Result.open("audit", "\n".join(["not audited:", *reasons]))


def audited(files: Sequence[Path], service: str, *options: str) -> Audit:
    """Let pip-audit ask a service for everything in some lock files."""
    arguments = [part for file in files for part in ("--requirement", str(file))]
    command = [sys.executable, "-m", "pip_audit", *arguments, "--disable-pip", "--require-hashes", "--format", "json",
               "--desc", "off", "--progress-spinner", "off", "--vulnerability-service", service, *options]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return read(done.stdout, done.stderr)


def read(printed: str, said: str) -> Audit:
    """Read what pip-audit printed. It ends well, too, where a service knows none of the packages."""
    try:
        dependencies = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = [line for line in said.splitlines() if line.strip()]
        return Audit(trouble=lines[-1].strip() if lines else "pip-audit printed nothing")
    audit = Audit(asked=len(dependencies))
    for one in dependencies:
        if "skip_reason" in one:
            audit.unknown.append(str(one["name"]))
        for vulnerability in one.get("vulns", []):
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version"
            audit.vulnerable.append(f"{one['name']} {one['version']}: {vulnerability['id']}, fixed in {fixed}")
    return audit


def _reason(audit: Audit) -> str:
    if audit.trouble:
        return audit.trouble
    if not audit.asked:
        return "there was nothing to ask"
    names = ", ".join(audit.unknown[:_FEW])
    return f"says nothing about {len(audit.unknown)} of {audit.asked} dependencies, such as {names}"
