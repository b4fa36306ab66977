"""Which tests the workflow runs on Windows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.release.portable import ATTRIBUTES, IMPORTS, ROOT, needs, portable, with_imports


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import fcntl", {"fcntl"}),
        ("from subprocess import run", {"subprocess"}),
        ("import os\nos.kill(1, 2)", {"kill"}),
        ("open('/proc/self/fd')", {"/proc/self/fd"}),
        ("import os\nos.environ['HOME'] = 'home'", set()),
    ],
)
def test_what_needs_posix_is_found(source: str, found: set[str]) -> None:
    assert needs(source) == found


@pytest.mark.slow
def test_the_parts_that_need_no_system_are_tested_on_windows() -> None:
    chosen = portable()
    folders = {name.split("/")[1] for name in chosen}
    assert folders >= {"api", "bounds", "client", "compare", "delivery", "domain", "explain", "gateway", "pages", "scenarios",
                       "store"}  # fmt: skip
    assert len(chosen) > 100


@pytest.mark.slow
@pytest.mark.parametrize(
    "module", ["tests/test_make.py", "tests/server/test_workers.py", "tests/scheduler/test_worker.py"]
)
def test_what_starts_programs_or_imports_what_does_is_left_out(module: str) -> None:
    assert (ROOT / module).is_file()
    assert module not in portable()


def test_what_every_test_imports_can_be_imported_on_windows() -> None:
    """What stands within functions may be of POSIX, as fixtures are only made where a test asks for them."""
    missing = (IMPORTS - {"multiprocessing", "subprocess"}) | {name for name in ATTRIBUTES if name.startswith("SIG")}
    for path in with_imports(Path(ROOT / "tests" / "conftest.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                assert needs(ast.unparse(node)).isdisjoint(missing), f"{path.name}: {ast.unparse(node)}"
