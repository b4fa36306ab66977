"""Prints the tests that use nothing which only POSIX has, for the workflow that runs them on Windows.

A module of tests is left out if it, or what it imports of the tests and of the benchmark, starts programs, sends signals,
or names files of a Unix. What is printed is an argument of pytest for each module.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORTS = {"fcntl", "grp", "multiprocessing", "pty", "pwd", "resource", "subprocess", "termios"}
ATTRIBUTES = {
    "AF_UNIX", "SIGALRM", "SIGCONT", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGSTOP", "SIGUSR1", "WNOHANG", "chmod", "fork",
    "geteuid", "getpgid", "getuid", "kill", "killpg", "mkfifo", "openpty", "pthread_kill", "send_signal", "setsid",
    "symlink", "symlink_to", "tzset",
}  # fmt: skip
BEGINNINGS = ("/bin/", "/dev/", "/etc/", "/proc", "/tmp", "/usr/", "#!")  # noqa: S108 - looks for it


def portable() -> list[str]:
    """The modules of tests that can run anywhere."""
    modules = sorted((ROOT / "tests").rglob("test_*.py"))
    return [path.relative_to(ROOT).as_posix() for path in modules if not any(map(_needs, with_imports(path)))]


def needs(source: str) -> set[str]:
    """What a module asks of the system beyond what Windows has."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.partition(".")[0] in IMPORTS}
        elif isinstance(node, ast.ImportFrom) and node.module in IMPORTS:
            found.add(node.module)
        elif isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(BEGINNINGS):
            found.add(node.value)
    return found


def imported(source: str) -> set[Path]:
    """The modules of the tests and of the benchmark that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in {"tests", "bench"}:
            base = ROOT.joinpath(*node.module.split("."))
            found |= {base.with_suffix(".py"), *(base / f"{alias.name}.py" for alias in node.names)}
    return {path for path in found if path.is_file()}


def with_imports(module: Path) -> set[Path]:
    """A module, what it imports, and what that imports."""
    seen: set[Path] = set()
    left = {module}
    while left:
        one = left.pop()
        seen.add(one)
        left |= _imported(one) - seen
    return seen


@cache
def _needs(path: Path) -> bool:
    return bool(needs(path.read_text(encoding="utf-8")))


@cache
def _imported(path: Path) -> frozenset[Path]:
    return frozenset(imported(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    print("\n".join(portable()))  # noqa: T201 - what the command is for
