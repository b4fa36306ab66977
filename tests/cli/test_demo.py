"""The demo in a terminal: three acts, and a diff of the two strings in the last one."""

from __future__ import annotations

from tests.cli.commands import run


def test_the_demo_plays_its_acts_and_shows_what_differs_in_the_strings() -> None:
    code, shown, _ = run("demo")
    assert code == 0
    for title in ("1. A payment", "2. What goes wrong", "3. The sandbox explains"):
        assert title in shown
    lines = shown.splitlines()
    for line in ("    amount=24.99", "  - description=Green+tea", "  + description=Green tea", "    user=016683"):
        assert line in lines
    assert lines.index("  + description=Green tea") == lines.index("  - description=Green+tea") + 1
