from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import goals
from bench.__main__ import main
from bench.goals import GOALS, PAGE, PEER_GOALS, Figure, Goal, goal_table, number_text, with_part
from bench.measures import MEASURES
from bench.peer_servers import missing_hint
from bench.peers import found_peers
from bench.peers import main as compare_peers
from tests.reading import blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TEXT = PAGE.read_text(encoding="utf-8")
FAST = Goal("speed", 100, "/s", better=200)
SHORT = Goal("time", 2, "ms", at_most=True)


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (FAST, 99.9, "missed"),
        (FAST, 100, "met"),
        (FAST, 200, "met, and better"),
        (SHORT, 2.1, "missed"),
        (SHORT, 2, "met"),
        (SHORT, 0.1, "met"),
    ],
)
def test_a_goal_is_met_or_missed(goal: Goal, value: float, verdict: str) -> None:
    assert goal.verdict(value) == verdict


@pytest.mark.parametrize(
    ("value", "text"),
    [(14_000, "14,000"), (5912.4, "5,912"), (110, "110"), (16.24, "16.2"), (0.434, "0.43"), (3, "3"), (0, "0")],
)
def test_numbers_are_written_as_people_read_them(value: float, text: str) -> None:
    assert number_text(value) == text


def test_a_figure_stands_beside_its_goal_and_a_missed_one_too() -> None:
    made = goal_table({"a": FAST, "b": SHORT, "c": FAST}, {"b": Figure(2.5, "p99 9 ms"), "a": Figure(1234.5)})
    assert made.splitlines() == [
        "| measure | figure | goal | | seen with it |",
        "| --- | --- | --- | --- | --- |",
        "| speed | 1,234 /s | ≥ 100 /s, better ≥ 200 | met, and better | |",
        "| time | 2.50 ms | ≤ 2 ms | missed | p99 9 ms |",
    ]


def test_a_part_of_the_page_is_replaced_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x: measured by `y` -->\nold\n<!-- end of x -->\nb\n", encoding="utf-8")
    monkeypatch.setattr(goals, "PAGE", page)
    for made in ("new", "newer"):
        goals.write_part("x", made)
        before, machine, after = page.read_text(encoding="utf-8").partition(goals.machine())
        assert (before, machine) == ("a\n<!-- x: measured by `y` -->\n\n", goals.machine())
        assert after == f"\n\n{made}\n\n<!-- end of x -->\nb\n"


def test_a_part_that_the_page_does_not_have_is_an_error() -> None:
    for text in ("", "<!-- x: measured by `y` -->\n", "<!-- end of x -->"):
        with pytest.raises(ValueError, match="no part 'x'"):
            with_part(text, "x", "made")


def part(name: str) -> str:
    return TEXT.partition(f"<!-- {name}: measured by")[2].partition(f"<!-- end of {name} -->")[0]


def goals_in(name: str) -> list[tuple[str, str]]:
    rows = [line.strip("|").split("|") for line in part(name).splitlines() if "≥" in line or "≤" in line]
    return [(cells[0].strip(), cells[2].strip()) for cells in rows]


@pytest.mark.parametrize(("name", "declared"), [("goals", GOALS), ("peers", PEER_GOALS)])
def test_the_page_has_each_goal_as_it_is_declared(name: str, declared: Mapping[str, Goal]) -> None:
    assert goals_in(name) == [(goal.measure, goal.text) for goal in declared.values()]


@pytest.mark.parametrize("name", ["goals", "peers", "costs"])
def test_each_part_of_the_page_says_where_it_was_measured(name: str) -> None:
    assert part(name).splitlines()[2].startswith("Measured on ")
    assert with_part(TEXT, name, part(name).partition("\n")[2].strip("\n")) == TEXT


def test_each_command_of_the_page_exists() -> None:
    [commands] = blocks(TEXT, "sh", "make bench")
    names = {line.split("-m ")[1].split()[0] for line in commands.splitlines() if "-m " in line}
    named = {text.partition("`")[0].split()[0] for text in TEXT.split("`python -m ")[1:]}
    folder = PAGE.parents[1]
    for module in names | named:
        place = folder / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module
    assert "bench creates due" in commands
    assert {"creates", "due"} <= set(MEASURES)


@pytest.mark.parametrize("name", ["WireMock", "mountebank", "pytest-httpserver"])
def test_how_a_peer_is_installed_stands_on_the_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_PEERS", ".venv/peers")
    hint = missing_hint(name).split()[-1]
    [commands] = blocks(TEXT, "sh", "npm install")
    assert hint in commands.split()


def test_without_peers_each_is_left_out_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_PEERS", str(tmp_path / "nowhere"))
    assert found_peers(tmp_path) == []
    hints = capsys.readouterr().err.splitlines()
    assert [hint.split(" is not installed")[0] for hint in hints] == ["WireMock", "mountebank", "pytest-httpserver"]
    assert all(str(tmp_path / "nowhere") in hint for hint in hints)


@pytest.mark.parametrize("command", [main, compare_peers], ids=["bench", "bench.peers"])
def test_a_page_is_not_written_without_its_peers(
    command: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_PEERS", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["bench", "--write"])
    with pytest.raises(SystemExit):
        command()
    assert "--write puts a whole run into the page" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "unknown measure 'nothing'"),
        (["due", "--write"], "a whole run"),
        (["--write", "--scale", "2"], "a whole run"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_is_measured(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", *arguments])
    monkeypatch.setattr("bench.__main__.MEASURES", {"due": lambda _: {}})
    monkeypatch.setattr("bench.__main__.write_part", lambda *_: None)
    with pytest.raises(SystemExit):
        main()
    assert message in capsys.readouterr().err
