"""The package for Node.js in helpers/node: what it contains, its own tests, and its README, executed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import mockserver

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "helpers" / "node"
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
COMMAND = f'#!/bin/sh\nexec "{sys.executable}" -m mockserver "$@"\n'
PIPX = f"""#!/bin/sh
[ "$1" = install ] && {{ [ "$2" = yabandpay-mock ] || [ -f "$2/pyproject.toml" ]; }} || exit 1
cat > "$(dirname "$0")/yabandpay-mock" <<'END'
{COMMAND}END
chmod +x "$(dirname "$0")/yabandpay-mock"
"""
IDS = re.compile(r"account \d+ at http://127\.0\.0\.1:\d+|trade [0-9a-f-]{36}")


@cache
def why_no_package() -> str:
    """Why the package cannot be tried here; installs its development dependencies if they are missing."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "needs Node.js with npm, such as Debian's nodejs and npm"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip("v\n").partition(".")[0]) < 20:
        return f"needs Node.js 20 or newer, not {version.strip()}"
    if not (PACKAGE / "node_modules").is_dir():
        command = ["npm", "ci", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"npm cannot install what the tests of helpers/node need: {done.stderr.strip()[-300:]}"
    return ""


@pytest.fixture(autouse=True)
def _package() -> None:
    if reason := why_no_package():
        pytest.skip(reason)


def run(*command: str | Path, cwd: Path = PACKAGE, status: int = 0, **variables: str) -> str:
    """What a command prints; it must end with this status."""
    unwanted = ("YABANDPAY_", "NODE_OPTIONS", "FORCE_COLOR")
    known = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    environment = {**known, "PYTHONPATH": str(ROOT), "CHROMIUM": CHROMIUM, "NO_COLOR": "1", **variables}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def packed(folder: Path) -> dict[str, Any]:
    """Pack the package into a folder; returns npm's description of the archive."""
    [archive] = json.loads(run("npm", "pack", "--json", "--silent", "--pack-destination", folder))
    return dict(archive)


def test_the_package_has_the_version_and_the_licence_of_the_sandbox() -> None:
    assert MANIFEST["version"] == mockserver.__version__
    assert MANIFEST["license"] == "MIT"
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_package_comes_from_where_the_sandbox_comes_from() -> None:
    [source] = re.findall(r'^Source = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert MANIFEST["repository"] == {"type": "git", "url": f"git+{source}.git", "directory": "helpers/node"}


def test_the_package_needs_no_other_at_run_time() -> None:
    assert not {"dependencies", "bundleDependencies", "optionalDependencies"} & set(MANIFEST)
    assert set(MANIFEST["peerDependenciesMeta"]) == set(MANIFEST["peerDependencies"])
    assert all(found["optional"] for found in MANIFEST["peerDependenciesMeta"].values())
    imported = {name for file in (PACKAGE / "lib").glob("*.js") for name in _imports(file)}
    assert {name for name in imported if not name.startswith(("node:", "./"))} == set(MANIFEST["peerDependencies"])


def _imports(file: Path) -> list[str]:
    return re.findall(r'^(?:import|export) .*? from "([^"]+)";$', file.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_the_lock_file_names_no_registry_and_the_version() -> None:
    text = (PACKAGE / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    assert json.loads(text)["packages"][""]["version"] == MANIFEST["version"]


def test_the_archive_has_the_sources_and_their_types_alone() -> None:
    [archive] = json.loads(run("npm", "pack", "--dry-run", "--json", "--silent"))
    expected = {"package.json", "README.md", "README.zh-CN.md", "LICENSE"}
    for folder in ("lib", "types"):
        expected |= {f"{folder}/{file.name}" for file in (PACKAGE / folder).iterdir()}
    assert {file["path"] for file in archive["files"]} == expected
    for entry in MANIFEST["exports"].values():
        assert {
            place.removeprefix("./") for place in (entry if isinstance(entry, dict) else {"": entry}).values()
        } <= expected


def test_the_types_are_up_to_date_and_the_files_are_formatted(tmp_path: Path) -> None:
    run("npm", "run", "check", YABANDPAY_MOCK_COMMAND=str(program(tmp_path, "yabandpay-mock", COMMAND)))


def test_the_tests_of_the_package_pass(tmp_path: Path) -> None:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed")
    command = str(program(tmp_path, "yabandpay-mock", COMMAND))
    assert re.search(r"^# fail 0$", run("npm", "run", "tests", YABANDPAY_MOCK_COMMAND=command), flags=re.MULTILINE)


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(script, encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder / name


class Reader:
    """Follows the README in an empty folder, in which no command of the sandbox is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "shop"
        self.folder.mkdir()
        self._programs = folder / "programs"
        program(self._programs, "pipx", PIPX)
        self._archive = folder / packed(folder)["filename"]

    def shell(self, script: str, status: int = 0) -> str:
        path = f"{self._programs}:{os.environ['PATH']}"
        return run(
            "sh",
            "-e",
            "-c",
            script,
            cwd=self.folder,
            status=status,
            PATH=path,
            npm_config_offline="true",
            npm_config_audit="false",
        )

    def install(self, script: str) -> None:
        """Install the sandbox, and the package: it is in no registry yet, and the checkout is where it is."""
        archive = script.replace("--save-dev yabandpay-mock", f"--save-dev {self._archive}")
        self.shell(archive.replace("PATH/TO/CHECKOUT", str(ROOT)))
        installed = {place.name for place in (self.folder / "node_modules").iterdir()}
        assert installed == {".package-lock.json", "yabandpay-mock"}
        assert not (self.folder / "node_modules" / "yabandpay-mock").is_symlink()

    def link_runners(self) -> None:
        """Have the test runners that the package is developed with beside it."""
        modules = self.folder / "node_modules"
        (modules / ".bin").mkdir()
        for place in (PACKAGE / "node_modules").iterdir():
            if not place.name.startswith("."):
                (modules / place.name).symlink_to(place)
        for place in (PACKAGE / "node_modules" / ".bin").iterdir():
            (modules / ".bin" / place.name).symlink_to(place.resolve())

    def write(self, block: str) -> str:
        """Write the file that a block is, and return its name, with which the block begins."""
        name = block.partition("\n")[0].removeprefix("// ")
        (self.folder / name).write_text(block, encoding="utf-8")
        return name


def test_the_readme_is_followed_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed")
    reader = Reader(tmp_path)
    written: list[str] = []
    ran: set[str] = set()
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE):
        if language == "js":
            if not written:
                reader.link_runners()
            written.append(reader.write(block))
        elif language == "sh" and not written:
            reader.install(block)
        elif language == "sh":
            reader.shell(block)
            ran.add(block.split()[-1])
        else:
            assert language == "text"
            printed = reader.shell(f"npx vitest run {written[-1]}", status=1)
            assert IDS.sub("ID", block) in IDS.sub("ID", printed)
            ran.add(written[-1])
    aids = {"shop.mjs", "vitest.config.mjs", "playwright.config.mjs"}
    assert ran == set(written) - aids
    # With the configuration at its end, both runners share the sandbox of a whole run.
    assert "2 passed" in reader.shell("npx vitest run first.test.mjs options.test.mjs")
    config = reader.folder / "playwright.config.mjs"
    shared = 'defineConfig({\n  globalSetup: "yabandpay-mock/global-setup",'
    config.write_text(config.read_text(encoding="utf-8").replace("defineConfig({", shared), encoding="utf-8")
    assert "2 passed" in reader.shell("npx playwright test checkout.spec.mjs")


def test_the_readme_in_chinese_has_the_same_files_commands_and_names() -> None:
    chinese = (PACKAGE / "README.zh-CN.md").read_text(encoding="utf-8")
    for pattern in (r"^```\w+\n.*?^```", r"^\| (`.+?`) \|", r"^#+ "):
        assert re.findall(pattern, chinese, flags=re.DOTALL | re.MULTILINE) == re.findall(
            pattern, README, flags=re.DOTALL | re.MULTILINE
        )


@pytest.mark.parametrize(
    ("heading", "offers"),
    [("## The account", "account.js"), ("the signature is wrong:", "merchant.js"), ("## Signatures", "signature.js")],
)
def test_the_names_of_a_table_are_what_there_is(heading: str, offers: str) -> None:
    table = README.partition(heading)[2].split("\n\n")[1]
    named = {name for cell in re.findall(r"^\| (`.+?`) \|", table, flags=re.MULTILINE) for name in _names(cell)}
    source = (PACKAGE / "lib" / offers).read_text(encoding="utf-8")
    functions = set(re.findall(r"^export function (\w+)", source, flags=re.MULTILINE))
    own = source.partition("export class Account" if offers == "account.js" else "export class")[2]
    members = set(re.findall(r"^  (?:async |get )?([a-z]\w*)(?:\(| =)", own, flags=re.MULTILINE))
    members |= set(re.findall(r"^    this\.([a-z]\w*) =", own, flags=re.MULTILINE))
    undocumented = {"constructor", "url", "check", "close"}
    assert named - undocumented == (functions or members) - undocumented


def _names(cell: str) -> list[str]:
    return re.findall(r"(?:^|, )`(\w+)", cell)
