"""The compiled extension, and an empty project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helper_packages.java.projects import JAVA, Project, compile_java

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def helper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled extension."""
    classes = tmp_path_factory.mktemp("helper")
    compile_java(sorted((JAVA / "src" / "main" / "java").rglob("*.java")), classes)
    return classes


@pytest.fixture
def project(tmp_path: Path, helper: Path) -> Project:
    return Project(tmp_path, helper)
