"""The Java records of `helpers/java`, from the OpenAPI document of the sandbox."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from helpers.generate.schema import ListOf, MapOf, Plain, commented, records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.generate.schema import Field, Record, Type

_FOLDER = "src/main/java/io/github/yabandpay_mock/api"
_PACKAGE = "io.github.yabandpay_mock.api"
_READ = (
    "AccountRecord", "AdvanceRecord", "ClockRecord", "Journal", "Met", "NotificationRecord",
    "Page_ListedPaymentRecord_", "PaymentRecord", "Problem", "Verified",
)  # fmt: skip
# What tests send has `of` and a `with` for each optional component.
_SENT = frozenset({
    "AccountChanges", "ClockTarget", "InState", "NewAccount", "NewClock", "NewState", "QueueEntry", "Quiet", "Requests",
    "Verification", "Wait",
})  # fmt: skip
_BOXED = {
    "anything": "Object", "flag": "Boolean", "instant": "Instant", "number": "Double", "text": "String",
    "whole": "Long",
}  # fmt: skip
_PLAIN = _BOXED | {"flag": "boolean", "number": "double", "whole": "long"}
# Names that a component of a record cannot have: keywords, and methods without arguments of every object.
_TAKEN = frozenset({
    "abstract", "boolean", "break", "byte", "case", "catch", "char", "class", "clone", "const", "continue", "default",
    "do", "double", "else", "enum", "extends", "final", "finalize", "finally", "float", "for", "getClass", "goto",
    "hashCode", "if", "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "notify",
    "notifyAll", "package", "private", "protected", "public", "return", "short", "static", "strictfp", "super",
    "switch", "synchronized", "this", "throw", "throws", "toString", "transient", "try", "void", "volatile", "wait",
    "while",
})  # fmt: skip


_WIDTH = 110
_FIXED = "\0"  # stands for a space where no line may end
_GENERATED = "// Generated from the sandbox's OpenAPI document by `make helper-types`.\n"
_PACKAGE_INFO = f"{_GENERATED}/** What the sandbox's API takes and returns. */\npackage {_PACKAGE};\n"


def generate() -> dict[str, str]:
    """The text of each file, by its path in `helpers/java`."""
    files = {f"{_FOLDER}/package-info.java": _PACKAGE_INFO}
    for one in records(*_READ, *_SENT):
        files[f"{_FOLDER}/{_class_name(one.name)}.java"] = _JavaRecord(one).text()
    return files


def _class_name(schema: str) -> str:
    """`Page_ListedPaymentRecord_` is a `ListedPaymentRecordPage`."""
    generic = re.fullmatch(r"(\w+?)_(\w+)_", schema)
    return f"{generic[2]}{generic[1]}" if generic else schema


def _component_name(field: str) -> str:
    """`trade_id` is `tradeId`; a name that Java takes for itself ends with an underscore."""
    first, *rest = field.split("_")
    name = first + "".join(word.capitalize() for word in rest)
    return f"{name}_" if name in _TAKEN else name


def _boxed(found: Type) -> str:
    if isinstance(found, Plain):
        return _BOXED[found.scalar]
    if isinstance(found, ListOf):
        return f"List<{_boxed(found.item)}>"
    if isinstance(found, MapOf):
        return f"Map<String, {_boxed(found.value)}>"
    return _class_name(found.name)


def _plain(found: Type) -> str:
    return _PLAIN[found.scalar] if isinstance(found, Plain) else _boxed(found)


class _Component:
    """A component of a record."""

    def __init__(self, field: Field) -> None:
        self.name = _component_name(field.name)
        self.required = field.required
        self.always = field.choices[0] if len(field.choices) == 1 else None
        declared = _plain(field.type) if field.required and not field.nullable else _boxed(field.type)
        self.declared = f"{declared} {self.name}"
        # A number or truth is given plainly, so that `1` is a long.
        self.given = f"{_plain(field.type)} {self.name}"
        about = f"{{@code {field.name}}}"
        about += f": {', '.join(field.choices)}" if field.choices else ""
        about += "" if field.required else "; optional"
        self.param = f"@param {self.name} {about}" + ("; may be null" if field.nullable and field.required else "")


class _JavaRecord:
    """A record in Java; one that is sent has a method for each optional component, which copies it with a new value."""

    def __init__(self, record: Record) -> None:
        self.name = _class_name(record.name)
        self.about = _escaped(" ".join(filter(None, commented(record.about))))
        self.is_sent = record.name in _SENT
        self.components = [_Component(field) for field in record.fields]

    def text(self) -> str:
        declared = [one.declared for one in self.components]
        heading = f"public record {self.name}({', '.join(declared)}) {{"
        if len(heading) > _WIDTH:
            heading = f"public record {self.name}(\n        " + ",\n        ".join(declared) + ") {"
        optional = [one for one in self.components if not one.required]
        members = [self._of(), *map(self._with, optional)] if self.is_sent else []
        body = "\n" + "\n\n".join(members) + "\n" if members else ""
        documentation = _comment([self.about, "", *(one.param for one in self.components)])
        return f"{_GENERATED}package {_PACKAGE};\n\n{self._imports()}{documentation}{heading}{body}}}\n"

    def _imports(self) -> str:
        types = " ".join(one.declared for one in self.components)
        known = {"Instant": "java.time.Instant", "List": "java.util.List", "Map": "java.util.Map"}
        lines = [f"import {path};\n" for name, path in known.items() if re.search(rf"\b{name}\b", types)]
        return "".join([*lines, "\n"]) if lines else ""

    def _of(self) -> str:
        given = [one for one in self.components if one.required and one.always is None]
        values = [one.name if one in given else f'"{one.always}"' if one.always else "null" for one in self.components]
        declared = ", ".join(one.given for one in given)
        about = ["A record without what is optional.", "", *(one.param for one in given), "@return the record"]
        return self._method(about, f"static {self.name} of({declared})", values)

    def _with(self, changed: _Component) -> str:
        name = f"with{changed.name[0].upper()}{changed.name[1:].rstrip('_')}"
        about = ["A copy with another value.", "", changed.param, "@return the copy"]
        return self._method(about, f"{self.name} {name}({changed.given})", [one.name for one in self.components])

    def _method(self, about: list[str], declared: str, values: list[str]) -> str:
        made = f"return new {self.name}({', '.join(values)});"
        return textwrap.indent(f"{_comment(about)}public {declared} {{\n    {made}\n}}", "    ")


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
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"
