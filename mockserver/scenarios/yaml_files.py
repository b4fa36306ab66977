"""YAML files that people write: read within limits; each mistake is reported with file, line, field and cure.

A format is declared once, as shapes. Each shape reads a node, reports its mistakes and describes itself as JSON Schema,
so the reader, the completion in editors and the docs come from one declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import yaml

from mockserver.texts import LONGEST, did_you_mean, is_utf8, shown

if TYPE_CHECKING:
    from pathlib import Path

Node = yaml.Node
Report = Callable[[Node, str, str], None]
"""Reports a mistake: its node, the path of the field, and the message."""

Schema = dict[str, Any]


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 50  # libyaml calls itself for each level, and ends the process when it runs out of stack
_MOST_ALIASES = 1000  # a few nested ones can mean billions of values
_KNOWN_TAGS = "tag:yaml.org,2002:"
_MERGE = "tag:yaml.org,2002:merge"
_MOST_DIGITS = 10
_NULL = "tag:yaml.org,2002:null"


class Shape(Protocol):
    """What a value may be: each implementation is one kind of value."""

    def read(self, node: Node, field: str, report: Report) -> Any:  # noqa: ANN401 - what the shape makes of it
        """The value of a node, or None once its mistake is reported."""

    def schema(self) -> Schema:
        """The shape as JSON Schema."""


class Text(NamedTuple):
    """A text of `least` to `longest` characters."""

    longest: int = 1000
    least: int = 1

    def read(self, node: Node, field: str, report: Report) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL or len(node.value.strip()) < self.least:
            report(node, field, "expected a text")
        elif len(node.value) > self.longest:
            report(node, field, f"expected a text of at most {self.longest} characters, not one of {len(node.value)}")
        elif not is_utf8(node.value):
            report(node, field, "expected a text in UTF-8")
        else:
            return str(node.value)
        return None

    def schema(self) -> Schema:
        return {"type": "string", "minLength": self.least, "maxLength": self.longest}


class Word(NamedTuple):
    """One of the known words; numbers need no quotes."""

    known: tuple[str, ...]

    def read(self, node: Node, field: str, report: Report) -> str | None:
        text = Text().read(node, field, report)
        if text is None or text in self.known:
            return text
        report(
            node, field, f"expected one of {', '.join(self.known)}, not {shown(text)}{did_you_mean(text, self.known)}"
        )
        return None

    def schema(self) -> Schema:
        return {"enum": [*self.known, *(int(word) for word in self.known if word.lstrip("-").isdigit())]}


class Flag(NamedTuple):
    """True or false."""

    def read(self, node: Node, field: str, report: Report) -> bool | None:
        if isinstance(node, yaml.ScalarNode) and node.value in {"true", "false"}:
            return bool(node.value == "true")
        report(node, field, "expected true or false")
        return None

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Whole(NamedTuple):
    """A whole number from `least` to `most`."""

    least: int
    most: int

    def read(self, node: Node, field: str, report: Report) -> int | None:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS and self.least <= int(text) <= self.most:
            return int(text)
        report(node, field, f"expected a whole number from {self.least} to {self.most}, not {_shown(node)}")
        return None

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Parsed(NamedTuple):
    """A text that a function parses; `pattern` is its regular expression, `numbers` whether it may be a number."""

    parse: Callable[[str], Any]
    pattern: str
    example: str
    numbers: bool = False

    def read(self, node: Node, field: str, report: Report) -> Any:  # noqa: ANN401 - what the function gives
        text = Text().read(node, field, report)
        if text is None:
            return None
        try:
            return self.parse(text)
        except ValueError as error:
            report(node, field, str(error))
            return None

    def schema(self) -> Schema:
        text = {**Text().schema(), "pattern": self.pattern, "examples": [self.example]}
        return {"anyOf": [text, {"type": "number"}]} if self.numbers else text


class Member(NamedTuple):
    """A field of an object: its shape, and what it means."""

    shape: Shape
    meaning: str
    required: bool = False


class Object(NamedTuple):
    """An object with known fields, at least `least` of them.

    `check` reports what does not fit together; `make` turns the values into the result.
    """

    members: Mapping[str, Member]
    make: Callable[[dict[str, Any]], Any] = dict
    check: Callable[[Mapping[str, Any], Mapping[str, Node], str, Report], None] | None = None
    least: int = 0

    def read(self, node: Node, field: str, report: Report) -> Any:  # noqa: ANN401 - what `make` makes
        """What `make` returns for the values; None if the node is not an object."""
        nodes = self._nodes(node, field, report)
        if nodes is None:
            return None
        inside = f"{field}." if field else ""
        values = {}
        for name, inner in nodes.items():
            value = self.members[name].shape.read(inner, f"{inside}{name}", report)
            if value is not None:
                values[name] = value
        if self.check is not None:
            self.check(values, nodes, field, report)
        return self.make(values)

    def _nodes(self, node: Node, field: str, report: Report) -> dict[str, Node] | None:
        known, inside = tuple(self.members), f"{field}." if field else ""
        if not isinstance(node, yaml.MappingNode):
            report(node, field, f"expected fields: {', '.join(known)}")
            return None
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                report(key, field, "expected the name of a field")
            elif name not in known:
                sentence = f"no such field; expected {', '.join(known)}{did_you_mean(name, known)}"
                report(key, f"{inside}{name[:LONGEST]}", sentence)
            elif name in found:
                report(key, f"{inside}{name}", "this field appears twice; remove one of them")
            else:
                found[name] = value
        for name, member in self.members.items():
            if member.required and name not in found:
                report(node, f"{inside}{name}", "this field is required")
        if len(node.value) < self.least:
            report(node, field, f"expected at least {self.least} of these fields: {', '.join(known)}")
        return found

    def schema(self) -> Schema:
        properties = {name: {"description": m.meaning, **m.shape.schema()} for name, m in self.members.items()}
        required = [name for name, member in self.members.items() if member.required]
        described: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if self.least:
            described["minProperties"] = self.least
        return {**described, "required": required} if required else described


class ListOf(NamedTuple):
    """A list of `least` to `most` values of one shape."""

    shape: Shape
    example: str
    least: int = 0
    most: int = 100

    def read(self, node: Node, field: str, report: Report) -> list[tuple[Node, Any]] | None:
        """The values with their nodes; a value with a mistake is None."""
        if not isinstance(node, yaml.SequenceNode) or len(node.value) < self.least:
            report(node, field, f"expected a list {self.example}")
            return None
        if len(node.value) > self.most:
            report(node, field, f"expected a list of at most {self.most}, not of {len(node.value)}")
            return None
        return [(inner, self.shape.read(inner, f"{field}[{place}]", report)) for place, inner in enumerate(node.value)]

    def schema(self) -> Schema:
        described: Schema = {"type": "array", "items": self.shape.schema(), "maxItems": self.most}
        return {**described, "minItems": self.least} if self.least else described


class Either(NamedTuple):
    """A word or an object."""

    word: Word
    other: Object

    def read(self, node: Node, field: str, report: Report) -> Any:  # noqa: ANN401 - what the object makes
        return (self.word if isinstance(node, yaml.ScalarNode) else self.other).read(node, field, report)

    def schema(self) -> Schema:
        return {"anyOf": [self.word.schema(), self.other.schema()]}


def _shown(node: Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return shown(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "fields"


class YamlFileError(ValueError):
    """A file cannot be read; `line` counts from 1."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


class FileProblem(NamedTuple):
    """One mistake in a file; lines count from 1."""

    file: str
    line: int
    field: str
    sentence: str

    def __str__(self) -> str:
        """As in `declined.yaml:4: then[0].state: expected …`."""
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {field}{self.sentence}"

    @classmethod
    def at(cls, file: Path, node: Node, field: str, sentence: str) -> FileProblem:
        return cls(str(file), node.start_mark.line + 1, field, sentence)


def read_yaml(file: Path, largest: int) -> yaml.Node:
    """The nodes of a file of at most `largest` bytes, with merge keys (`<<`) resolved.

    Raises:
        YamlFileError: it cannot be read, is too large or nested too deeply, or is invalid YAML.
    """
    text = _text(file, largest)
    try:
        _check(text)
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            raise YamlFileError(1, "the file is empty")
        _merge(node, set())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlFileError(line, f"invalid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise YamlFileError(1, f"invalid YAML: {str(error).partition(chr(10))[0]}") from None
    return node


def _text(file: Path, largest: int) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(largest + 1)
        if len(content) > largest:
            raise YamlFileError(1, f"the file is larger than the limit of {largest // 1024} KiB")
        return content.decode()
    except OSError as error:
        raise YamlFileError(1, f"the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise YamlFileError(line, "the file is not UTF-8 text") from None


def _check(text: str) -> None:
    """Check the depth, aliases and tags on the stream of events, which unlike the nodes needs no recursion."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"} and not tag.startswith(_KNOWN_TAGS):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise YamlFileError(line, "this file cannot have tags such as !name; remove the tag, or quote the text")
        if depth > _DEEPEST or aliases > _MOST_ALIASES:
            limit = f"{_DEEPEST} levels" if depth > _DEEPEST else f"{_MOST_ALIASES} aliases"
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise YamlFileError(line, f"the file has more than {limit}")


def _merge(node: yaml.Node, seen: set[int]) -> None:
    """Resolve the merge keys (`<<`) of mappings; a mapping's own fields win."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _merge(key, seen)
            _merge(value, seen)
        if any(key.tag == _MERGE for key, _ in node.value):
            own = [(key, value) for key, value in node.value if key.tag != _MERGE]
            names = {key.value for key, _ in own if isinstance(key, yaml.ScalarNode)}
            yaml.constructor.SafeConstructor().flatten_mapping(node)
            merged = {key.value: (key, value) for key, value in node.value if key.value not in names}
            node.value = [*merged.values(), *own]
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            _merge(inner, seen)
