"""What is missing in the metadata of a wheel is named."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.release.specimens import FILES, context_of, needs_tools, specimen

pytest.importorskip("packaging.metadata", reason="needs packaging, which `make release-check` installs")

from packaging.metadata import Metadata

from release import metadata
from release.results import State

if TYPE_CHECKING:
    from pathlib import Path

WELL = f"""Metadata-Version: 2.4
Name: yabandpay-mock
Version: 1.0.0
Summary: A specimen.
Project-URL: Homepage, https://example.com
Project-URL: Documentation, https://example.com
Project-URL: Source, https://example.com
Project-URL: Changelog, https://example.com
Project-URL: Issues, https://example.com
License-Expression: MIT
License-File: LICENSE
Keywords: specimen
{"".join(f"Classifier: Operating System :: {system}" + chr(10) for system in metadata.SYSTEMS)}Requires-Python: >=3.10
Description-Content-Type: text/markdown

# A specimen

See [Flask](https://example.com/flask) and [below](#below).
"""


def faults(folder: Path, described: str) -> list[str]:
    wheel = folder / "specimen.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("yabandpay_mock-1.0.0.dist-info/METADATA", described)
    return metadata.faults(specimen(folder / "project"), metadata.described(wheel))


def test_metadata_without_a_fault_passes(tmp_path: Path) -> None:
    assert faults(tmp_path, WELL) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Version: 1.0.0", "Version: 1.0.1", "it is yabandpay-mock 1.0.1, not yabandpay-mock 1.0.0"),
        ("Project-URL: Issues, https://example.com\n", "", "no address for Issues"),
        ("Source, https", "Source, http", "the address of Source is http://example.com"),
        ("Classifier: Operating System :: POSIX :: Linux\n", "", "no classifier for POSIX :: Linux"),
        (">=3.10", ">=3.9", "Requires-Python is >=3.9, and the classifiers begin with 3.10"),
        (">=3.10", ">=3.11", "Requires-Python is >=3.11, and the classifiers begin with 3.10"),
        ("License-Expression: MIT\n", "", "no licence, or no file with it"),
        ("Keywords: specimen\n", "", "no keywords, or no summary"),
        ("text/markdown", "text/plain", "the description is not marked as Markdown"),
        (
            "(https://example.com/flask)",
            "(docs/flask.md)",
            "the description has links that lead nowhere outside of the repository: docs/flask.md",
        ),
    ],
)
def test_each_fault_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in WELL
    assert faults(tmp_path, WELL.replace(old, new)) == [fault]


def test_a_python_between_two_others_must_not_be_missing(tmp_path: Path) -> None:
    line = '    "Programming Language :: Python :: 3.12",\n'
    project = specimen(tmp_path / "project", **{"pyproject.toml": FILES["pyproject.toml"].replace(line, "")})
    described = Metadata.from_email(WELL, validate=True)
    assert metadata.faults(project, described) == ["the classifiers skip a version of Python: 3.10, 3.11, 3.13, 3.14"]


@needs_tools
def test_what_twine_says_is_reported(tmp_path: Path) -> None:
    context = context_of(specimen(tmp_path / "project"), tmp_path / "scratch")
    context.wheel = tmp_path / "yabandpay_mock-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(context.wheel, "w") as opened:
        opened.writestr("yabandpay_mock-1.0.0.dist-info/METADATA", WELL)
        opened.writestr("yabandpay_mock-1.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    [well] = metadata.check(context)
    assert well.state is State.PASSED
    context.sdist = tmp_path / "yabandpay_mock-1.0.0.tar.gz"
    context.sdist.write_bytes(b"no archive")
    [result] = metadata.check(context)
    assert result.state is State.FAILED
    assert "twine check" in result.detail
