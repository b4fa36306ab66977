"""Small projects that can be released, to be broken in one place by a test."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from release.context import Context
from release.project import Project

ROOT = Path(__file__).parents[2]
TOOLS = ("build", "check_wheel_contents", "cyclonedx_py", "hatch_fancy_pypi_readme", "hatchling", "license_expression",
         "packaging", "pip_audit", "pipx", "twine", "uv")  # fmt: skip
missing = [tool for tool in TOOLS if find_spec(tool) is None]
needs_tools = pytest.mark.skipif(
    bool(missing), reason=f"needs {', '.join(missing)}, which `make release-check` installs"
)

FILES = {
    "pyproject.toml": """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "yabandpay-mock"
description = "A specimen."
readme = "README.md"
requires-python = ">=3.10"
license = "MIT"
license-files = ["LICENSE"]
dynamic = ["version"]
keywords = ["specimen"]
classifiers = [
    "Operating System :: MacOS",
    "Operating System :: Microsoft :: Windows",
    "Operating System :: POSIX :: Linux",
    "Programming Language :: Python :: 3.10",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Programming Language :: Python :: 3.13",
    "Programming Language :: Python :: 3.14",
]
dependencies = []

[project.urls]
Homepage = "https://example.com/acme/yabandpay-mock"
Documentation = "https://example.com/acme/yabandpay-mock/docs"
Source = "https://example.com/acme/yabandpay-mock"
Changelog = "https://example.com/acme/yabandpay-mock/changes"
Issues = "https://example.com/acme/yabandpay-mock/issues"

[project.scripts]
yabandpay-mock = "mockserver.__main__:main"

[tool.hatch.version]
path = "mockserver/__init__.py"

[tool.hatch.build.targets.sdist]
include = ["/mockserver", "/scenarios", "/tests", "/README.md", "/LICENSE", "/CHANGELOG.md"]
exclude = ["/tests/release"]

[tool.hatch.build.targets.wheel]
packages = ["mockserver"]

[tool.hatch.build.targets.wheel.force-include]
scenarios = "mockserver/scenarios/files"
""",
    "mockserver/__init__.py": '"""A specimen."""\n\n__version__ = "1.0.0"\n',
    "mockserver/__main__.py": (
        "from mockserver import __version__\n\n\ndef main() -> None:\n    print('yabandpay-mock, version', __version__)\n"
    ),
    "mockserver/py.typed": "",
    "scenarios/one.yaml": "name: one\n",
    "tests/smoke.py": "import subprocess, sys\n\nsubprocess.run([sys.argv[1]], check=True)\n",
    "tests/release/test_it.py": "",
    "helpers/node/package.json": (
        '{"name": "yabandpay-mock", "version": "1.0.0", "license": "MIT", "exports": {".": "./lib/index.js"},\n'
        '"files": ["lib"], "repository": {"url": "git+https://example.com/acme/yabandpay-mock.git"}}\n'
    ),
    "helpers/node/lib/index.js": "export {}\n",
    "helpers/node/test/index.test.js": "",
    "helpers/node/README.md": "# A specimen\n",
    "helpers/node/LICENSE": "MIT\n",
    "helpers/java/pom.xml": (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><version>1.0.0</version>'
        "<dependencies><dependency><version>9</version></dependency></dependencies></project>\n"
    ),
    "README.md": "# A specimen\n\nSee [Flask](https://example.com/flask).\n",
    "LICENSE": "MIT\n",
    "CHANGELOG.md": (
        "# Changelog\n\n## 1.0.0 - 2026-12-01\n\n### Added\n\n- Everything ([docs](docs/all.md)).\n\n## 0.9 - 2026-01-31\n\n- Old.\n"
    ),
    ".gitignore": "dist/\n__pycache__/\n",
}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def commit(folder: Path, **changes: str | None) -> None:
    """Commit the files with changes, which are named by their paths; None removes one."""
    for name, text in changes.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "A commit")


def specimen(folder: Path, **changes: str | None) -> Project:
    """A repository that passes every check, but for the changes."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for name in ("user.name", "user.email"):
        git(folder, "config", name, "tester@example.com")
    commit(folder, **{**FILES, **changes})
    return Project(folder)


def context_of(project: Project, scratch: Path) -> Context:
    scratch.mkdir(parents=True, exist_ok=True)
    return Context(project, scratch=scratch, output=scratch / "dist")


def edited(name: str, old: str, new: str) -> dict[str, str | None]:
    """A change of a file of the specimen: one text in place of another, which must be there."""
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new)}
