"""A bill of materials that lacks something fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from release import sbom
from tests.release.specimens import specimen

if TYPE_CHECKING:
    from pathlib import Path

FLASK = {
    "name": "Flask",
    "version": "3.1",
    "purl": "pkg:pypi/flask@3.1",
    "licenses": [{"license": {"id": "BSD-3-Clause"}}],
}


def bill(*components: dict[str, Any], version: str = "1.0.0") -> dict[str, Any]:
    return {"metadata": {"component": {"name": "yabandpay-mock", "version": version}}, "components": list(components)}


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        (bill(FLASK), []),
        (bill(FLASK, version=""), ["it describes yabandpay-mock , not yabandpay-mock 1.0.0"]),
        (bill(), ["it lacks flask"]),
        (bill({**FLASK, "licenses": []}), ["Flask has no version, no purl or no licence"]),
        (bill({**FLASK, "purl": ""}), ["Flask has no version, no purl or no licence"]),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, given: dict[str, Any], faults: list[str]) -> None:
    assert sbom.faults(given, specimen(tmp_path), {"flask", "yabandpay-mock"}) == faults
