"""The Java records of `helpers/java`, from the OpenAPI document of the sandbox."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER = "helpers/java/src/main/java/io/github/yabandpay_mock/api"
PACKAGE = "io.github.yabandpay_mock.api"
# What the helper sends and reads; what these name is generated too.
ROOTS = (
    "AccountChanges", "AccountRecord", "AdvanceRecord", "ClockRecord", "ClockTarget", "InState", "Journal", "Met",
    "NewAccount", "NewClock", "NewState", "NotificationRecord", "Page_ListedPaymentRecord_", "Problem", "QueueEntry",
    "Quiet", "Requests", "Verification", "Verified", "Wait",
)  # fmt: skip
_REF = "#/components/schemas/"
_BOXED = {"boolean": "Boolean", "integer": "Long", "number": "Double", "string": "String"}
_PLAIN = {"boolean": "boolean", "integer": "long", "number": "double", "string": "String"}
# Names that a component of a record cannot have: keywords, and methods without arguments of every object.
_TAKEN = frozenset({
    "abstract", "boolean", "break", "byte", "case", "catch", "char", "class", "clone", "const", "continue", "default",
    "do", "double", "else", "enum", "extends", "final", "finalize", "finally", "float", "for", "getClass", "goto",
    "hashCode", "if", "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "notify",
    "notifyAll", "package", "private", "protected", "public", "return", "short", "static", "strictfp", "super",
    "switch", "synchronized", "this", "throw", "throws", "toString", "transient", "try", "void", "volatile", "wait",
    "while",
})  # fmt: skip


def render(document: Mapping[str, Any]) -> dict[str, str]:
    """The text of each file, by its path from the root of the repository."""
    schemas = document["components"]["schemas"]
    files = {f"{FOLDER}/package-info.java": _PACKAGE_INFO}
    for name in _reachable(schemas):
        files[f"{FOLDER}/{_class_name(name)}.java"] = _Record(name, schemas[name]).text()
    return files


def write(document: Mapping[str, Any], root: Path) -> None:
    """Write the files, and remove those of types that are no longer there."""
    files = render(document)
    for old in (root / FOLDER).glob("*.java"):
        if old.relative_to(root).as_posix() not in files:
            old.unlink()
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def _reachable(schemas: Mapping[str, Any]) -> list[str]:
    found: set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(rf"{_REF}(\w+)", str(schemas[name]["properties"]))
    return sorted(found)


def _class_name(schema: str) -> str:
    """`Page_ListedPaymentRecord_` is a `ListedPaymentRecordPage`."""
    generic = re.fullmatch(r"(\w+?)_(\w+)_", schema)
    return f"{generic[2]}{generic[1]}" if generic else schema


def _component_name(field: str) -> str:
    """`trade_id` is `tradeId`; a name that Java takes for itself ends with an underscore."""
    first, *rest = field.split("_")
    name = first + "".join(word.capitalize() for word in rest)
    return f"{name}_" if name in _TAKEN else name


class _Component:
    """A component of a record."""

    def __init__(self, field: str, schema: Mapping[str, Any], *, required: bool) -> None:
        kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
        self.name = _component_name(field)
        self.required = required
        self.is_null = len(kinds) < len(schema.get("anyOf", [schema]))
        self.always = kinds[0]["enum"][0] if len(kinds[0].get("enum", [])) == 1 else None
        self.type = self._type(kinds[0]) if len(kinds) == 1 else "Object"
        self.about = self._about(field, schema, kinds)

    def _type(self, schema: Mapping[str, Any]) -> str:
        if "$ref" in schema:
            return _class_name(schema["$ref"].removeprefix(_REF))
        if schema.get("format") == "date-time":
            return "Instant"
        kind = schema.get("type", "string" if "enum" in schema else "")
        if kind == "array":
            return f"List<{_boxed(schema.get('items'))}>"
        if kind == "object":
            return f"Map<String, {_boxed(schema.get('additionalProperties'))}>"
        return (_PLAIN if self.required and not self.is_null else _BOXED).get(kind, "Object")

    def _about(self, field: str, schema: Mapping[str, Any], kinds: list[Mapping[str, Any]]) -> str:
        """A line for the documentation: the name in JSON, the possible values, and what stands for nothing."""
        about = f"{{@code {field}}}"
        if "enum" in kinds[0]:
            about += ": " + ", ".join(kinds[0]["enum"])
        if len(kinds) > 1:
            about += ": " + " or ".join(f"{{@link {_class_name(kind['$ref'].removeprefix(_REF))}}}" for kind in kinds)
        if not self.required:
            default = schema.get("default")
            shown = str(default).lower() if isinstance(default, bool) else default
            about += "; optional" + (f", by default {{@code {shown}}}" if default not in (None, "", [], {}) else "")
        return about + ("; may be null" if self.is_null and self.required else "")

    @property
    def declared(self) -> str:
        return f"{self.type} {self.name}"

    @property
    def given(self) -> str:
        """As a parameter: a number or truth is given plainly, so that `1` is a long."""
        plain = {_BOXED[kind]: plain for kind, plain in _PLAIN.items()}
        return f"{plain.get(self.type, self.type)} {self.name}"


def _boxed(schema: Mapping[str, Any] | None) -> str:
    if not schema:
        return "Object"
    if "$ref" in schema:
        return _class_name(schema["$ref"].removeprefix(_REF))
    return _BOXED.get(schema.get("type", ""), "Object")


class _Record:
    """A type of the document as a record; one that is sent has a method that copies it with another value for each."""

    def __init__(self, name: str, schema: Mapping[str, Any]) -> None:
        self.name = _class_name(name)
        self.about = " ".join(schema["description"].split())
        self.is_sent = schema.get("additionalProperties") is False
        required = schema["required"]
        components = [
            _Component(field, one, required=field in required) for field, one in schema["properties"].items()
        ]
        self.components = components

    def text(self) -> str:
        declared = [one.declared for one in self.components]
        heading = f"public record {self.name}({', '.join(declared)}) {{"
        if len(heading) > _WIDTH:
            heading = f"public record {self.name}(\n        " + ",\n        ".join(declared) + ") {"
        members = [self._of(), *map(self._with, self._optional())] if self.is_sent else []
        body = "\n" + "\n\n".join(members) + "\n" if members else ""
        return f"{_GENERATED}package {PACKAGE};\n\n{self._imports()}{self._documentation()}{heading}{body}}}\n"

    def _optional(self) -> list[_Component]:
        return [one for one in self.components if not one.required]

    def _imports(self) -> str:
        types = " ".join(one.type for one in self.components)
        known = {"Instant": "java.time.Instant", "List": "java.util.List", "Map": "java.util.Map"}
        lines = [f"import {path};\n" for name, path in known.items() if re.search(rf"\b{name}\b", types)]
        return "".join([*lines, "\n"]) if lines else ""

    def _documentation(self) -> str:
        params = [f"@param {one.name} {one.about}" for one in self.components]
        return _comment([_escaped(self.about), *(["", *params] if params else [])])

    def _of(self) -> str:
        given = [one for one in self.components if one.required and one.always is None]
        values = [one.name if one in given else f'"{one.always}"' if one.always else "null" for one in self.components]
        about = [f"A {self.name} with what is required.", ""]
        params = [f"@param {one.name} {one.about}" for one in given]
        comment = _comment([*about, *params, "@return the record"])
        declared = ", ".join(one.given for one in given)
        made = f"return new {self.name}({', '.join(values)});"
        return _indented(f"{comment}public static {self.name} of({declared}) {{\n    {made}\n}}")

    def _with(self, changed: _Component) -> str:
        method = f"with{changed.name[0].upper()}{changed.name[1:].rstrip('_')}"
        comment = _comment(
            ["A copy with another value.", "", f"@param {changed.name} {changed.about}", "@return the copy"]
        )
        made = f"return new {self.name}({', '.join(one.name for one in self.components)});"
        return _indented(f"{comment}public {self.name} {method}({changed.given}) {{\n    {made}\n}}")


_WIDTH = 110
_FIXED = "\0"  # stands for a space where no line may end
_GENERATED = "// Generated from the sandbox's OpenAPI document by `make helper-types`.\n"
_PACKAGE_INFO = f"{_GENERATED}/** What the sandbox's API takes and returns. */\npackage {PACKAGE};\n"


def _escaped(text: str) -> str:
    """A text of the document in Javadoc: what stands in backquotes is code."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"`([^`]+)`", r"{@code \1}", text)


def _comment(paragraphs: Iterable[str]) -> str:
    lines: list[str] = []
    for paragraph in paragraphs:
        whole = re.sub(r"{@\w+ [^}]*}", lambda code: code[0].replace(" ", _FIXED), paragraph)
        indent = "    " if paragraph[:1] == "@" else ""
        lines += [line.replace(_FIXED, " ") for line in textwrap.wrap(whole, _WIDTH, subsequent_indent=indent) or [""]]
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ")
