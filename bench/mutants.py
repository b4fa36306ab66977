"""`make mutants`: whether the tests notice a change of the code. Prints every change that they do not notice.

cosmic-ray finds what can be changed in the modules. One change after the other is made at random places, in a copy of
this checkout, and each time the quick tests of the module are run. Some changes mean the same as before and survive
any test, so what is printed is to be read, and no number of survivors is a failure.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome

_ROOT = Path(__file__).parents[1]
_PACKAGE, _TESTS = Path("mockserver"), Path("tests")
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "build", "dist", "__pycache__")
_DOES_IO = {"asyncio", "flask", "http", "requests", "select", "shutil", "socket", "sqlalchemy", "sqlite3", "ssl",
            "subprocess", "threading", "urllib3", "werkzeug"}  # fmt: skip
_MODULES = 10
_PATIENCE = 10
"""How many times as long as without a change the tests may take before they count as having noticed it."""


def pure() -> list[Path]:
    """The modules that decide something, have tests of their own, and import nothing that does I/O."""
    return [file for file in sorted(_PACKAGE.rglob("*.py")) if tests_of(file) and _decides(file)]


def _decides(file: Path) -> bool:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return _DOES_IO.isdisjoint(name.partition(".")[0] for name in imported) and any(
        isinstance(node, (ast.If, ast.IfExp, ast.Compare, ast.BoolOp)) for node in nodes
    )


def tests_of(module: Path) -> list[str]:
    """The folder of tests that has the name of the module's folder or one above it, and the test files of its name."""
    own = [str(file) for file in sorted(_TESTS.rglob(f"test_{module.stem}.py"))]
    for folder in module.relative_to(_PACKAGE).parents:
        if folder != Path() and (_TESTS / folder).is_dir():
            return [str(_TESTS / folder), *(file for file in own if not Path(file).is_relative_to(_TESTS / folder))]
    return own


def _spans_that_never_run(module: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations and imports for type checkers stand: no test can notice a change of them."""
    unused: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.arg, ast.AnnAssign)):
            unused.append(node.annotation)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            unused.append(node.returns)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            unused.append(node.test)
    return [
        ((one.lineno, one.col_offset), (one.end_lineno or one.lineno, one.end_col_offset or one.col_offset))
        for one in unused
        if one is not None
    ]


def _command(tests: list[str], kind: str) -> str:
    return shlex.join([sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", "-m", kind, *tests])


def _seconds(command: str) -> float:
    """How long the tests take when nothing is changed, which they must pass."""
    begun = time.monotonic()
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(
            f"The tests fail before anything is changed, or all are slow and need --slow: {command}\n"
            f"{done.stdout}{done.stderr}"
        )
    return time.monotonic() - begun


def _sample(modules: list[Path], count: int, chance: random.Random) -> list[Any]:
    """A change for each place of a sample: an operator, say, could be replaced by a dozen others at the same place."""
    with tempfile.NamedTemporaryFile(suffix=".sqlite") as file, use_db(file.name) as found:
        init(modules, found, {})
        changes = [change for item in found.work_items for change in item.mutations]
    never_run = {str(module): _spans_that_never_run(module) for module in modules}
    places: dict[tuple[str, tuple[int, int]], list[Any]] = {}
    for change in sorted(changes, key=lambda change: (change.operator_name, change.occurrence)):
        module = str(change.module_path)
        if not any(start <= change.start_pos < end for start, end in never_run[module]):
            places.setdefault((module, change.start_pos), []).append(change)
    print(f"{len(changes)} changes are possible at {len(places)} places of {len(modules)} modules")
    chosen = chance.sample(sorted(places), min(count, len(places)))
    return [chance.choice(places[place]) for place in sorted(chosen)]


def _try(sample: list[Any], kind: str) -> None:
    """Make each change, and print those that no test notices."""
    survivors, patience = 0, dict[str, float]()
    for number, change in enumerate(sample, 1):
        command = _command(tests_of(change.module_path), kind)
        if command not in patience:
            patience[command] = _PATIENCE * _seconds(command)
        result = mutate_and_test([change], command, patience[command])
        survived = result.test_outcome == TestOutcome.SURVIVED
        name = change.operator_name.removeprefix("core/")
        print(
            f"[{number}/{len(sample)}] {change.module_path}:{change.start_pos[0]} {name}",
            "SURVIVED" if survived else "",
        )
        if result.test_outcome not in set(TestOutcome) - {TestOutcome.INCOMPETENT}:
            sys.exit(f"The change could not be tried: {result}")
        if survived:
            survivors += 1
            print(result.diff)
    print(f"{survivors} of {len(sample)} changes were not noticed")


def main() -> None:
    """Choose modules and changes, and try them."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", type=Path, help="such as mockserver/signing.py (default: ten that do no I/O)"
    )
    parser.add_argument("--sample", type=int, default=40, help="how many changes (default: %(default)s)")
    parser.add_argument("--seed", default="mutants", help="chooses the sample (default: %(default)s)")
    parser.add_argument("--slow", action="store_true", help="run slow tests too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        os.chdir(shutil.copytree(_ROOT, Path(place) / "checkout", ignore=_LEFT_OUT))
        for module in given.modules:
            if not module.is_file() or not tests_of(module):
                parser.error(f"{module}: there is no such module below mockserver/, or it has no tests of its own")
        chance = random.Random(given.seed)  # noqa: S311 - no secret
        sample = _sample(given.modules or chance.sample(pure(), _MODULES), given.sample, chance)
        _try(sample, "slow or not slow" if given.slow else "not slow")
        os.chdir(_ROOT)


if __name__ == "__main__":
    main()
