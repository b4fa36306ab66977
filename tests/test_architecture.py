"""The rules of the house, checked: which part may import which, and who may ask for the time."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mockserver"
ARCHITECTURE = PACKAGE.parent / "docs" / "architecture.md"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A folder, or a module that stands alone, may import those on the lines above its own and those beside it.
LAYERS = [
    {"addresses", "durations", "evidence", "system", "texts"},
    {"clock", "identity", "signing", "threads"},
    {"domain"},
    {"masking", "scenarios", "explain"},
    {"store", "delivery"},
    {"gateway", "scheduler", "settings", "examine"},
    {"app"},
    {"client", "demo"},
    {"api"},
    {"pages"},
    {"site"},
    {"server"},
    {"testing"},
    {"compare", "mcp"},
    {"cli", "pytest_plugin"},
]
MOST_LOOSE_MODULES = 10


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def imports(path: Path) -> set[str]:
    """The modules of this package that a module imports, for checking types too, without the package's name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mockserver"):
            base = str(node.module).removeprefix("mockserver").lstrip(".")
            inner = [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
            found |= {one if one in NAMES else base for one in inner}
    return found - {""}


NAMES = {name_of(path) for path in MODULES}
FILES = {name_of(path): imports(path) for path in MODULES if name_of(path) not in {"", "__main__"}}
ROOMS = {name.partition(".")[0] for name in FILES}
ARROWS = {
    room: {one.partition(".")[0] for name, found in FILES.items() if name.partition(".")[0] == room for one in found}
    - {room}
    for room in ROOMS
}


def layer(room: str) -> int:
    return next((number for number, rooms in enumerate(LAYERS) if room in rooms), -1)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_point_one_way(room: str) -> None:
    assert layer(room) >= 0, f"{room} has no layer"
    assert [one for one in ARROWS[room] if layer(one) > layer(room)] == []


@pytest.mark.parametrize("arrows", [FILES, ARROWS], ids=["files", "folders"])
def test_there_are_no_circles(arrows: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def reached(room: str) -> set[str]:
    """The folders that a folder imports, directly or through others."""
    found: set[str] = set()
    waiting = [room]
    while waiting:
        new = ARROWS[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_the_picture_of_the_folders_is_true() -> None:
    picture = ARCHITECTURE.read_text(encoding="utf-8").partition("flowchart TD\n")[2].partition("```")[0]
    drawn = {
        (source, target)
        for source, targets in re.findall(r"^    (\w+) --> (.+)$", picture, re.MULTILINE)
        for target in targets.split(" & ")
    }
    needed = {
        (room, other) for room in ROOMS for other in ARROWS[room]
        if not any(other in reached(between) for between in ARROWS[room] - {other})
    }  # fmt: skip
    assert drawn == needed


def test_few_modules_stand_alone() -> None:
    alone = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert len(alone) <= MOST_LOOSE_MODULES


BANNED = {"time", "random", "uuid", "datetime"}
ALLOWED = {
    "clock": {"time"},
    "durations": {"datetime"},
    "api.accounts": {"datetime"},
    "api.records": {"datetime"},
    "cli.lines": {"datetime"},
    "cli.comparing": {"datetime"},
    "examine.sandbox": {"datetime"},
    "explain.variants.values": {"datetime"},
    "domain.limits": {"datetime"},
    "domain.calendar": {"datetime"},
    "gateway.fields": {"datetime"},
    "gateway.methods.finance": {"datetime"},
    "client.finance": {"datetime"},
    "testing.account": {"datetime"},
    "testing.api": {"datetime"},
}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_time_and_chance_come_from_one_place(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported & BANNED <= ALLOWED.get(name_of(path), set())
    text = path.read_text(encoding="utf-8")
    assert "datetime.now" not in text
    assert "utcnow" not in text
    assert "fromtimestamp" not in text, "on Windows it ends with the year 3000; use mockserver.durations.moment"


def test_event_loops_are_made_in_one_place() -> None:
    """There they keep real time where a test has frozen it."""
    made = re.compile(r"(?<!Abstract)EventLoop\b|new_event_loop|asyncio\.run\(")
    assert {name_of(path) for path in MODULES if made.search(path.read_text(encoding="utf-8"))} == {"threads"}


def test_what_tests_call_leaves_their_own_lines_in_the_reports_of_pytest() -> None:
    called = [path for path in MODULES if name_of(path).partition(".")[0] in {"client", "pytest_plugin", "testing"}]
    shown = {
        name_of(path) for path in called
        if "def " in (text := path.read_text(encoding="utf-8")) and "\n__tracebackhide__ = " not in text
    }  # fmt: skip
    assert shown == set()


# Folders and modules that decide, and leave input and output to others.
PURE = ["addresses", "domain", "durations", "evidence", "explain", "scenarios/scenario", "scenarios/faults",
        "scenarios/description", "signing", "texts"]  # fmt: skip
PURE_MODULES = [
    path
    for pure in PURE
    for path in ((PACKAGE / pure).rglob("*.py") if (PACKAGE / pure).is_dir() else [PACKAGE / f"{pure}.py"])
]


@pytest.mark.parametrize("path", PURE_MODULES, ids=name_of)
def test_what_decides_does_no_io(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported.isdisjoint({"socket", "flask", "sqlalchemy", "requests", "threading", "logging", "os"})


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


def test_one_name_means_one_thing() -> None:
    """The client is left out: it has the gateway's objects from the other side."""
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name_of(path))
    twice = {name: found for name, found in homes.items() if sum(not one.startswith("client") for one in found) > 1}
    assert twice == {}


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import mockserver; print(*(set(sys.modules) - before))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["mockserver"]
