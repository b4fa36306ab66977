"""The rules of the house, checked: which part may import which, and who may ask for the time."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mockserver"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A part may import those on its own line and above, never those below.
LAYERS = [
    {"addresses", "evidence", "codes", "durations", "phpvalues", "texts", "words", "yamlfile"},
    {"clock", "identity", "signing", "payments", "masking", "threads"},
    {"scenarios", "notify.plan", "notify.payload", "notify.destination", "store", "explain"},
    {"delivery", "moves", "scheduler", "settings", "figures", "sending", "limits", "notices"},
    {"gateway"},
    {"client"},
    {"app", "listening", "tls", "readyfile"},
    {"control", "pages", "wsgi", "web", "server", "offers", "connections", "accepting", "console", "reference", "planting", "readiness"},
    {"testing", "demo"},
    {"cli", "pytest_plugin"},
]  # fmt: skip


def layer(module: str) -> int:
    """The layer of a module named without the package; the longest name that fits counts."""
    names = [(name, number) for number, layer in enumerate(LAYERS) for name in layer]
    fitting = [(len(name), number) for name, number in names if module == name or module.startswith(f"{name}.")]
    return max(fitting)[1] if fitting else -1


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def imports(path: Path) -> list[str]:
    """The modules of this package that a module imports, without the package's name."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mockserver"):
            base = str(node.module).removeprefix("mockserver").lstrip(".")
            inner = [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
            found += [one if (PACKAGE / (one.replace(".", "/") + ".py")).exists() else base for one in inner]
    return [one for one in found if one]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    name = name_of(path)
    if name in {"", "__main__"}:
        return
    own = layer(name)
    assert own >= 0 or name == "notify", f"{name} has no layer"
    wrong = [one for one in imports(path) if layer(one) > own >= 0]
    assert wrong == []


BANNED = {"time", "random", "uuid", "datetime"}
ALLOWED = {
    "clock": {"time"},
    "control.accounts": {"datetime"},
    "control.records": {"datetime"},
    "console": {"datetime"},
    "explain.times": {"datetime"},
    "payments.limits": {"datetime"},
    "payments.calendar": {"datetime"},
    "gateway.fields": {"datetime"},
    "gateway.methods.finance": {"datetime"},
    "client.finance": {"datetime"},
    "testing.account": {"datetime"},
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


PURE = [
    "addresses",
    "signing",
    "phpvalues",
    "payments/money",
    "payments/payment",
    "payments/states",
    "payments/balance",
    "payments/limits",
    "payments/telling",
    "scenarios/scenario",
    "scenarios/faults",
    "scenarios/story",
    "explain/budget",
    "explain/departing",
    "explain/digesting",
    "explain/escaping",
    "explain/facts",
    "explain/forms",
    "explain/joining",
    "explain/languages",
    "explain/line",
    "explain/mistakes",
    "explain/notations",
    "explain/numbers",
    "explain/printed",
    "explain/samples",
    "explain/search",
    "explain/selecting",
    "explain/signature",
    "explain/times",
    "explain/values",
    "notify/plan",
    "notify/payload",
]


@pytest.mark.parametrize("module", PURE)
def test_what_decides_does_no_io(module: str) -> None:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
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


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import mockserver; print(*(set(sys.modules) - before))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["mockserver"]
