"""The licences of everything that is installed with the sandbox, read from the metadata of each package."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from typing import TYPE_CHECKING

from license_expression import AND, OR, ExpressionError, LicenseSymbol, get_spdx_licensing

from release import environments
from release.locks import locks
from release.results import Result, judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.metadata import PackageMetadata
    from pathlib import Path

    from license_expression import LicenseExpression

    from release.context import Context

# Permissive, or like the MPL with duties only for those who change the package's own files.
ALLOWED = frozenset({
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0",
    "Python-2.0", "Unlicense", "Zlib",
})  # fmt: skip
# What is only installed on demand, and used without change as a library of its own.
EXCEPTIONS: Mapping[str, str] = {"psycopg": "LGPL-3.0-only", "psycopg-binary": "LGPL-3.0-only"}

_CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",  # or with two clauses, which ask for less
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_WORDED = {"Apache 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "BSD": "BSD-3-Clause", "MIT License": "MIT"}
_LICENSING = get_spdx_licensing()


def check(context: Context) -> Iterator[Result]:
    """Read the licences of what requirements.lock and the lock file of each extra install."""
    environment = environments.make(context.scratch / "licences", pip=False)
    for lock in locks(context):
        environments.install(environment, "--require-hashes", "-r", lock)
    found = sorted(read(environment, but=context.project.name))
    wrong = [f"{name} {version}: {fault}" for name, version, licence in found if (fault := objection(name, licence))]
    kinds = ", ".join(sorted({licence for _, _, licence in found}))
    extras = ", ".join(context.project.extras)
    yield judged("licences", wrong, f"{len(found)} dependencies, with the extras {extras}, as installed here: {kinds}")


def read(environment: Path, but: str) -> Iterator[tuple[str, str, str]]:
    """The name, the version and the licence of each package of an environment."""
    [packages] = [*environment.glob("lib/python*/site-packages"), *environment.glob("Lib/site-packages")]
    for one in distributions(path=[str(packages)]):
        if one.metadata["Name"] != but:
            yield one.metadata["Name"], one.version, licence_of(one.metadata)


def licence_of(metadata: PackageMetadata) -> str:
    """The licence of a package as SPDX names it, from the newest of the fields that state one; empty if none does."""
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    worded = metadata["License"].strip() if "License" in metadata else ""
    if worded in _WORDED:
        return _WORDED[worded]
    if worded and _known(worded):
        return worded
    names = [
        line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    known = [_CLASSIFIED.get(name, f"LicenseRef-{re.sub(r'[^A-Za-z0-9]+', '-', name)}") for name in names]
    return " AND ".join(sorted(set(known)))


def objection(name: str, licence: str) -> str:
    """Why a package must not be depended on; empty if it may."""
    if not licence:
        return "states no licence"
    if EXCEPTIONS.get(name.lower()) == licence:
        return ""
    try:
        parsed = _LICENSING.parse(licence)
    except ExpressionError as error:
        return f"{licence!r} cannot be read: {error}"
    return "" if parsed is not None and _permits(parsed) else f"{licence} is not among the licences that are allowed"


def _known(worded: str) -> bool:
    try:
        parsed = _LICENSING.parse(worded, validate=True)
    except ExpressionError:
        return False
    return parsed is not None


def _permits(expression: LicenseExpression) -> bool:
    if isinstance(expression, OR):
        return any(_permits(one) for one in expression.args)
    if isinstance(expression, AND):
        return all(_permits(one) for one in expression.args)
    return isinstance(expression, LicenseSymbol) and str(expression) in ALLOWED
