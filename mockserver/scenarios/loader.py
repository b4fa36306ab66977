"""Reads scenario files, and reports each mistake with file, line, field, what was expected and the nearest word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mockserver.domain.kinds import BY_PART
from mockserver.domain.money import amount_text
from mockserver.scenarios.format import FAIL, SCENARIO, SUCCEED
from mockserver.scenarios.scenario import RIGHT, Response, Scenario
from mockserver.scenarios.yaml_files import FileProblem, YamlFileError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.scenarios.yaml_files import Node

_PACKAGED = Path(__file__).parent / "files"
SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "scenarios"
"""The folder of the shipped scenarios."""

_LARGEST_FILE = 256 * 1024


class ScenarioFileError(ValueError):
    """Scenario files have mistakes, all listed in `problems`."""

    def __init__(self, problems: list[FileProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load_scenarios(*folders: Path) -> list[Scenario]:
    """The scenarios of all `.yaml` and `.yml` files in the folders, later folders last.

    Raises:
        ScenarioFileError: a file has a mistake; the error lists all mistakes of all files.
    """
    problems: list[FileProblem] = []
    scenarios: list[Scenario] = []
    for folder in folders:
        scenarios += _load_folder(folder, problems)
    if problems:
        raise ScenarioFileError(problems)
    return scenarios


def _load_folder(folder: Path, problems: list[FileProblem]) -> Iterator[Scenario]:
    if not folder.is_dir():
        problems.append(
            FileProblem(str(folder), 1, "", "this folder does not exist; expected a folder with .yaml files")
        )
        return
    seen: dict[tuple[str, str], str] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix not in {".yaml", ".yml"}:
            continue
        reader = _Reader(file)
        scenario = reader.read()
        problems += reader.problems
        if scenario is None:
            continue
        amount = "" if scenario.amount is None else amount_text(scenario.amount)
        claims = {"name": scenario.name, "trigger.order_id": scenario.order_id, "trigger.amount": amount}
        for field, value in claims.items():
            first = seen.setdefault((field, value), str(file))
            if value and first != str(file):
                problems.append(
                    FileProblem(str(file), 1, field, f"{value} is already used by {first}; expected another")
                )
        yield scenario


class _Reader:
    """Reads one file and collects its mistakes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[FileProblem] = []

    def read(self) -> Scenario | None:
        try:
            node = read_yaml(self.file, _LARGEST_FILE)
        except YamlFileError as error:
            self.problems.append(FileProblem(str(self.file), error.line, "", str(error)))
            return None
        values = SCENARIO.read(node, "", self._report)
        if values is None:
            return None
        scenario = self._scenario(values, node)
        return None if self.problems else scenario

    def _report(self, node: Node, field: str, sentence: str) -> None:
        self.problems.append(FileProblem.at(self.file, node, field, sentence))

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
        creates_nothing = scenario.answers and all(answer.effect == "none" for answer in scenario.answers)
        for name, inner in _named(node):
            if creates_nothing and name in BY_PART:
                self._report(
                    inner,
                    name,
                    f"this scenario rejects every request, so it creates nothing that {name} could change; remove"
                    f" {name}",
                )
        return scenario

    def _answers(self, values: Mapping[str, Any], node: Node) -> tuple[Response, ...]:
        respond = values.get("respond")
        if "answers" not in values:
            return () if respond is None else (respond,)
        given = [value for _, value in values["answers"]]
        for name, inner in _named(node):
            if name == "answers" and FAIL in given and respond is None:
                self._report(
                    inner, name, "fail needs respond; add respond, or write the fields of a response in place of fail"
                )
            if name == "respond" and FAIL not in given:
                self._report(
                    inner,
                    name,
                    "respond has no effect, as no entry of answers is fail; add fail to answers, or remove respond",
                )
        return tuple(
            RIGHT if value == SUCCEED else respond or RIGHT if value == FAIL else value
            for value in given
            if value is not None
        )


def _named(node: Node) -> list[tuple[str, Node]]:
    return [(key.value, inner) for key, inner in node.value if isinstance(key, yaml.ScalarNode)]
