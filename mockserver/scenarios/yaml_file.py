"""YAML files that people write: read within bounds, and told with the line what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 50  # libyaml calls itself for each level, and ends the process when it runs out of stack
_MOST_ALIASES = 1000  # a few of them that stand inside one another can mean billions of values
_KNOWN_TAGS = "tag:yaml.org,2002:"
_MERGE = "tag:yaml.org,2002:merge"


class YamlFileError(ValueError):
    """A file cannot be read; `line` counts from 1."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def read_yaml(file: Path, largest: int) -> yaml.Node:
    """The nodes of a file of at most so many bytes, with merged keys in their places.

    Raises:
        YamlFileError: it cannot be read, is too large or nested too deeply, or is no YAML.
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
        raise YamlFileError(line, f"this is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise YamlFileError(1, f"this is no YAML: {str(error).partition(chr(10))[0]}") from None
    return node


def _text(file: Path, largest: int) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(largest + 1)
        if len(content) > largest:
            raise YamlFileError(1, f"the file is larger than {largest // 1024} KiB")
        return content.decode()
    except OSError as error:
        raise YamlFileError(1, f"the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise YamlFileError(line, "the file is not UTF-8 text") from None


def _check(text: str) -> None:
    """Look at a text's events, which no depth of them harms."""
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
            raise YamlFileError(line, "tags that begin with an exclamation mark have no meaning in this file")
        if depth > _DEEPEST or aliases > _MOST_ALIASES:
            much = f"levels than {_DEEPEST}" if depth > _DEEPEST else f"aliases than {_MOST_ALIASES}"
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise YamlFileError(line, f"there are more {much} in the file")


def _merge(node: yaml.Node, seen: set[int]) -> None:
    """Put the fields of `<<` into the mappings that have it; a mapping's own fields stay."""
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
