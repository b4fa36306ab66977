"""Licences that are not allowed, not known or not stated fail."""

from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("license_expression", reason="needs license-expression, which `make release-check` installs")

from release import licences

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "licence", ["MIT", "BSD-3-Clause", "Apache-2.0 OR GPL-3.0-only", "MIT AND PSF-2.0", "(MIT OR Apache-2.0) AND ISC"]
)
def test_what_is_allowed_passes(licence: str) -> None:
    assert licences.objection("anything", licence) == ""


@pytest.mark.parametrize(
    ("licence", "fault"),
    [
        ("GPL-3.0-only", "GPL-3.0-only is not among the licences that are allowed"),
        ("AGPL-3.0-or-later", "AGPL-3.0-or-later is not among"),
        ("LGPL-3.0-only", "LGPL-3.0-only is not among"),
        ("MIT AND GPL-2.0-only", "MIT AND GPL-2.0-only is not among"),
        ("Apache-2.0 WITH LLVM-exception", "is not among"),
        ("LicenseRef-Proprietary", "LicenseRef-Proprietary is not among"),
        ("MIT AND AND", "cannot be read"),
        ("", "states no licence"),
    ],
)
def test_what_is_not_allowed_fails(licence: str, fault: str) -> None:
    assert fault in licences.objection("anything", licence)


def test_an_exception_is_one_for_a_package_and_its_licence() -> None:
    assert licences.objection("psycopg", "LGPL-3.0-only") == ""
    assert licences.objection("psycopg", "GPL-3.0-only") != ""


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        (
            [("License-Expression", "MIT OR ISC"), ("Classifier", "License :: OSI Approved :: BSD License")],
            "MIT OR ISC",
        ),
        ([("License", "Apache 2.0")], "Apache-2.0"),
        ([("License", "BSD-2-Clause")], "BSD-2-Clause"),
        (
            [
                ("License", "Copyright by us.\nAll rights reserved."),
                ("Classifier", "License :: OSI Approved :: MIT License"),
            ],
            "MIT",
        ),
        ([("Classifier", "License :: Other/Proprietary License")], "LicenseRef-Other-Proprietary-License"),
        ([("License", "Ask us")], ""),
        ([], ""),
    ],
)
def test_the_licence_is_read_from_the_fields_that_state_one(fields: list[tuple[str, str]], licence: str) -> None:
    metadata = Message()
    for name, value in fields:
        metadata.add_header(name, value)
    assert licences.licence_of(metadata) == licence  # type: ignore[arg-type]


def test_all_packages_of_an_environment_are_read_but_the_project_itself(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.12" / "site-packages"
    for name, licence in (("yabandpay-mock", "MIT"), ("evil", "GPL-3.0-only"), ("good", "MIT")):
        folder = packages / f"{name.replace('-', '_')}-1.dist-info"
        folder.mkdir(parents=True)
        text = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1\nLicense-Expression: {licence}\n"
        (folder / "METADATA").write_text(text, encoding="utf-8")
    assert sorted(licences.read(tmp_path, but="yabandpay-mock")) == [
        ("evil", "1", "GPL-3.0-only"),
        ("good", "1", "MIT"),
    ]
