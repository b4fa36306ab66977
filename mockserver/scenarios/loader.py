"""Reads scenario files and says of every mistake in them: file, line, field, what was expected, the nearest word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from mockserver.domain.kinds import BY_PART
from mockserver.domain.money import amount_text
from mockserver.scenarios.format import FAIL, SCENARIO, SUCCEED
from mockserver.scenarios.scenario import RIGHT, Response, Scenario
from mockserver.scenarios.yaml_file import YamlFileError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.scenarios.nodes import Node

_PACKAGED = Path(__file__).parent / "files"
SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "scenarios"
"""The folder of the scenarios that come with the product."""

_LARGEST_FILE = 256 * 1024


class Problem(NamedTuple):
    """One mistake in a scenario file; lines count from 1."""

    file: str
    line: int
    field: str
    sentence: str

    def __str__(self) -> str:
        """`declined.yaml:4: then[0].state: expected …`."""
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {field}{self.sentence}"


class ScenarioFileError(ValueError):
    """Scenario files have mistakes; `problems` holds all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load_scenarios(*folders: Path) -> list[Scenario]:
    """The scenarios of all `.yaml` and `.yml` files in the folders, later folders last.

    Raises:
        ScenarioFileError: some file has a mistake; all mistakes of all files are told at once.
    """
    problems: list[Problem] = []
    scenarios: list[Scenario] = []
    for folder in folders:
        scenarios += _load_folder(folder, problems)
    if problems:
        raise ScenarioFileError(problems)
    return scenarios


def _load_folder(folder: Path, problems: list[Problem]) -> Iterator[Scenario]:
    if not folder.is_dir():
        problems.append(Problem(str(folder), 1, "", "there is no such folder; expected one with .yaml files"))
        return
    seen: dict[tuple[str, str], str] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix not in {".yaml", ".yml"}:
            continue
        reader = _Reader(str(file))
        scenario = reader.read(file)
        problems += reader.problems
        if scenario is None:
            continue
        amount = "" if scenario.amount is None else amount_text(scenario.amount)
        claims = {"name": scenario.name, "trigger.order_id": scenario.order_id, "trigger.amount": amount}
        for field, value in claims.items():
            first = seen.setdefault((field, value), str(file))
            if value and first != str(file):
                problems.append(Problem(str(file), 1, field, f"{value} is taken by {first} already"))
        yield scenario


class _Reader:
    """Reads one file and gathers its mistakes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def read(self, file: Path) -> Scenario | None:
        node = self._composed(file)
        values = None if node is None else SCENARIO.read(node, "", self._tell)
        if node is None or values is None:
            return None
        scenario = self._scenario(values, node)
        return None if self.problems else scenario

    def _composed(self, file: Path) -> Node | None:
        """The file's nodes; None after what is wrong was told."""
        try:
            return read_yaml(file, _LARGEST_FILE)
        except YamlFileError as error:
            self._report(error.line - 1, "", str(error))
            return None

    def _report(self, line: int, field: str, sentence: str) -> None:
        self.problems.append(Problem(self.file, line + 1, field, sentence))

    def _tell(self, node: Node, field: str, sentence: str) -> None:
        self._report(node.start_mark.line, field, sentence)

    def _scenario(self, values: Mapping[str, Any], node: Node) -> Scenario:
        trigger = values.get("trigger") or {}
        scenario = Scenario(
            name=values.get("name", ""),
            summary=values.get("summary", ""),
            order_id=trigger.get("order_id", ""),
            amount=trigger.get("amount"),
            answers=self._answers(values, node),
            notification_faults=values.get("notify"),
            parts={part: values[part] for part in BY_PART if values.get(part) is not None},
        )
        fruitless = scenario.answers and all(answer.effect == "none" for answer in scenario.answers)
        for name, inner in _named(node):
            if fruitless and name in BY_PART:
                self._tell(inner, name, "a scenario that refuses the request creates nothing to move")
        return scenario

    def _answers(self, values: Mapping[str, Any], node: Node) -> tuple[Response, ...]:
        respond = values.get("respond")
        if "answers" not in values:
            return () if respond is None else (respond,)
        given = [value for _, value in values["answers"]]
        for name, inner in _named(node):
            if name == "answers" and FAIL in given and respond is None:
                self._tell(inner, name, "fail answers as respond says, and there is no respond")
            if name == "respond" and FAIL not in given:
                self._tell(inner, name, "this is never answered, since no answer is fail")
        return tuple(
            RIGHT if value == SUCCEED else respond or RIGHT if value == FAIL else value
            for value in given
            if value is not None
        )


def _named(node: Node) -> list[tuple[str, Node]]:
    """The fields of a file by their names."""
    return [(key.value, inner) for key, inner in node.value if isinstance(key, yaml.ScalarNode)]
