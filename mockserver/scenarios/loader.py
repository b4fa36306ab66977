"""Reads scenario files and says of every mistake in them: file, line, field, what was expected, the nearest word."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from mockserver.codes import REFUSAL_MESSAGES
from mockserver.durations import parse_duration
from mockserver.payments.money import amount_text, parse_amount
from mockserver.payments.payment import PAYMENT_STATES
from mockserver.payments.payout import PAYOUT_STATES
from mockserver.payments.refund import REFUND_STATES
from mockserver.payments.split import SPLIT_STATES
from mockserver.scenarios.scenario import Part, Scenario, Step, first_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mockserver.payments.states import StateTable

_PACKAGED = Path(__file__).parent / "files"
SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "scenarios"
"""The folder of the scenarios that come with the product."""

PAY_DELAY = "pay_delay"
TABLES: Mapping[Part, StateTable[Any]] = MappingProxyType(
    {"then": PAYMENT_STATES, "refund": REFUND_STATES, "payout": PAYOUT_STATES, "split": SPLIT_STATES}
)
"""The parts of a scenario's story, each with the states that its steps may name."""

_FIELDS = ("name", "summary", "trigger", "respond", *TABLES)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
        """List every problem, a line each."""
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
    """Walks one file's nodes, so that each mistake is found with its line."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def read(self, file: Path) -> Scenario | None:
        try:
            node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            self._report(mark.line if mark else 0, "", f"this is no YAML: {error.problem}")
            return None
        except UnicodeDecodeError:
            self._report(0, "", "the file is not UTF-8 text")
            return None
        if node is None:
            self._report(0, "", "the file is empty")
            return None
        return self._scenario(node)

    def _report(self, line: int, field: str, sentence: str) -> None:
        self.problems.append(Problem(self.file, line + 1, field, sentence))

    def _scenario(self, node: yaml.Node) -> Scenario | None:
        fields = self._mapping(node, "", _FIELDS, required=("name", "summary"))
        trigger = self._mapping(fields.get("trigger"), "trigger", ("order_id", "amount"))
        respond = self._mapping(fields.get("respond"), "respond", ("code",), required=("code",))
        scenario = Scenario(
            name=self._text(fields.get("name"), "name"),
            summary=self._text(fields.get("summary"), "summary"),
            order_id=self._text(trigger.get("order_id"), "trigger.order_id"),
            amount=self._parsed(trigger.get("amount"), "trigger.amount", parse_amount),
            code=self._word(respond.get("code"), "respond.code", REFUSAL_MESSAGES),
            **{part: self._steps(fields.get(part), part) for part in TABLES},
        )
        for part in TABLES:
            if scenario.code and part in fields:
                sentence = "a scenario that refuses the request creates nothing to move"
                self._report(fields[part].start_mark.line, part, sentence)
        return None if self.problems else scenario

    def _mapping(
        self, node: yaml.Node | None, field: str, known: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        if node is None:
            return {}
        line, inside = node.start_mark.line, f"{field}." if field else ""
        if not isinstance(node, yaml.MappingNode):
            self._report(line, field, f"expected fields: {', '.join(known)}")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                self._report(key.start_mark.line, f"{inside}{name}", _unknown(name, known, "no such field"))
            elif name in found:
                self._report(key.start_mark.line, f"{inside}{name}", "this field stands here twice")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self._report(line, f"{inside}{name}", "this field is required")
        return found

    def _text(self, node: yaml.Node | None, field: str) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self._report(node.start_mark.line, field, "expected a text")
            return ""
        return str(node.value)

    def _word(self, node: yaml.Node | None, field: str, known: Iterable[str]) -> str:
        text = self._text(node, field)
        if node is not None and text and text not in known:
            self._report(node.start_mark.line, field, _unknown(text, known, "expected one of"))
            return ""
        return text

    def _parsed(self, node: yaml.Node | None, field: str, parse: Callable[[str], int]) -> int | None:
        text = self._text(node, field)
        if node is None or not text:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self._report(node.start_mark.line, field, str(error))
            return None

    def _steps(self, node: yaml.Node | None, part: Part) -> tuple[Step, ...] | None:
        if node is None:
            return None
        if not isinstance(node, yaml.SequenceNode):
            table = TABLES[part]
            example = next(state for state in table if state in table.after(table.starts[0]))
            self._report(
                node.start_mark.line, part, f"expected a list of steps such as - {{after: 2s, state: {example}}}"
            )
            return None
        return tuple(self._read_steps(node, part))

    def _read_steps(self, node: yaml.SequenceNode, part: Part) -> Iterator[Step]:
        table = TABLES[part]
        before = table.starts[0]
        for index, inner in enumerate(node.value):
            field = f"{part}[{index}]"
            parts = self._mapping(inner, field, ("after", "state"), required=("after", "state"))
            after = self._after(parts.get("after"), f"{field}.after")
            state = self._word(parts.get("state"), f"{field}.state", table)
            if not state:
                continue
            begins = index == 0 and first_state((Step(after, state),), table.starts) is not None
            if not begins and state not in table.after(before):
                legal = ", ".join(sorted(table.after(before))) or "nothing: it is final"
                self._report(
                    inner.start_mark.line, f"{field}.state", f"{before} cannot become {state}; expected {legal}"
                )
            before = state
            yield Step(after, state)

    def _after(self, node: yaml.Node | None, field: str) -> int | None:
        if isinstance(node, yaml.ScalarNode) and node.value == PAY_DELAY:
            return None
        return self._parsed(node, field, parse_duration)


def _unknown(word: str, known: Iterable[str], prefix: str) -> str:
    words = list(known)
    nearest = get_close_matches(word, words, n=1)
    suggestion = f"; did you mean {nearest[0]!r}?" if nearest else ""
    listed = ", ".join(words)
    if prefix.startswith("expected"):
        return f"{prefix} {listed}, not {word!r}{suggestion}"
    return f"{prefix}; expected {listed}{suggestion}"
