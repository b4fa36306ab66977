"""What holds for all examples."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.examples.running import EXAMPLES, environment, open_shop
from tests.reading import blocks

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.testing import Sandbox

ROOT = EXAMPLES.parent
FOLDERS = [path for path in EXAMPLES.iterdir() if path.is_dir()]
_SOURCES = {".mjs", ".php", ".py", ".sh"}


def test_the_readme_shows_every_example() -> None:
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    assert FOLDERS
    assert [folder.name for folder in FOLDERS if f"[{folder.name}]({folder.name})" not in readme] == []


def test_what_the_readme_links_exists() -> None:
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    targets = [part.partition(")")[0] for part in readme.split("](")[1:]]
    assert [one for one in targets if not one.startswith("https://") and not (EXAMPLES / one).exists()] == []


def test_no_example_uses_the_sandboxs_own_code() -> None:
    """Each one is an independent check of the signature."""
    files = [file for folder in FOLDERS for file in folder.iterdir() if file.suffix in _SOURCES]
    assert {file.suffix for file in files} == _SOURCES
    assert [file.name for file in files if "mockserver" in file.read_text("utf-8")] == []


def test_the_command_that_examines_a_shop_runs_as_it_stands(sandbox: Sandbox, folder: Path) -> None:
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    [block] = blocks(readme, "sh", "yabandpay-mock examine")
    with open_shop("flask-shop/shop.py", sandbox.url, folder) as (shop, _):
        name, *arguments = shlex.split(block.replace("http://127.0.0.1:3000", shop))
        assert name == "yabandpay-mock"
        command = [sys.executable, "-m", "mockserver", *arguments]
        known = environment(YABANDPAY_MOCK_URL=sandbox.url, PYTHONPATH=str(ROOT))
        done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "This shop passed." in done.stdout
