"""docs/platforms.md: its commands, as far as they can be run here, its figures and its names."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.server.accepting import most_connections
from mockserver.settings import declared, flag
from tests.reading import blocks

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")


def translated(line: str) -> list[str]:
    """A line for Windows as it is on this system."""
    words = line.replace(".venv\\Scripts\\", ".venv/bin/").split()
    return [sys.executable if word == "py" else word for word in words]


def test_the_start_on_windows_makes_an_environment_installs_the_locked_packages_and_serves(tmp_path: Path) -> None:
    [block] = blocks(PAGE, "bat")
    make, packages, own, serve = map(translated, block.splitlines())
    subprocess.run([*make, "--without-pip"], check=True, cwd=tmp_path)
    assert (tmp_path / ".venv" / "bin" / "python").exists()
    # What the Makefile installs, for which pip would need the network.
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace(" --quiet --disable-pip-version-check", "")
    for installing in (packages, own):
        assert "$(BIN)/" + " ".join(installing).removeprefix(".venv/bin/") in makefile
    assert (ROOT / "requirements.lock").exists()
    assert serve == [".venv/bin/yabandpay-mock", "serve"]


def test_pip_understands_the_install_without_the_lock_file() -> None:
    [block] = blocks(PAGE, "sh")
    [install] = block.splitlines()
    words = install.replace("python3", sys.executable).split()
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "cryptography==" in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_a_shell_of_macos_gives_as_many_connections_as_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    files, connections = map(int, re.findall(r"allows (\d+) open files, which gives (\d+) connections", PAGE)[0])
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, resource.RLIM_INFINITY))
    assert most_connections() == connections


def test_every_flag_and_file_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`[^`\n]*?(--[a-z-]+)", PAGE)) - {"--create", "--state"}
    assert named <= {flag(setting) for setting in declared()}
    for path in re.findall(r"`((?:mockserver|tests|examples|requirements)[\w./-]*)`", PAGE):
        assert (ROOT / path).exists(), path
