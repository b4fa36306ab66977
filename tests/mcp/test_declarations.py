"""What the tools are made from: every operation says what it is for assistants, and every tool is fit for them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.api.assistance import NoTool, Tool
from mockserver.api.openapi import OPERATIONS
from mockserver.gateway.methods import ALL_METHODS
from mockserver.mcp.arguments import names_in
from mockserver.mcp.catalog import TOOLS
from mockserver.mcp.results import LARGEST_RESULT, ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.api.operations import Operation
    from tests.mcp.assistant import Assistant

OF_THE_GATEWAY = {"create_payment", "call_gateway", "describe_method"}
DECLARED = {one.tool.name: one for one in OPERATIONS if isinstance(one.tool, Tool)}
MOST_TOOLS, MOST_CHARACTERS = 40, 36_000
"""What fits into a model's context beside everything else."""


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.verb} {one.path}")
def test_an_operation_is_a_tool_or_says_why_not(operation: Operation) -> None:
    if isinstance(operation.tool, NoTool):
        assert operation.tool.why.endswith(".")
    else:
        assert isinstance(operation.tool, Tool)
        assert operation.tool.name in TOOLS


def test_tools_are_operations_and_methods_of_the_gateway_and_nothing_else(server: Assistant) -> None:
    assert Counter(one.tool.name for one in OPERATIONS if isinstance(one.tool, Tool)).most_common(1)[0][1] == 1
    tools = server.run("list_tools").tools
    listed = [one.name for one in tools]
    assert sum(len(one.model_dump_json(by_alias=True, exclude_none=True)) for one in tools) <= MOST_CHARACTERS
    assert sorted(listed) == sorted({*DECLARED, *OF_THE_GATEWAY})
    assert len(listed) <= MOST_TOOLS


def test_a_reason_names_only_tools_that_there_are() -> None:
    named = {
        word.strip(".,;:")
        for one in OPERATIONS
        if isinstance(one.tool, NoTool)
        for word in one.tool.why.split()
        if "_" in word
    }
    assert named
    assert named <= TOOLS.keys()


def test_hints_follow_from_the_verbs(server: Assistant) -> None:
    hints = {one.name: one.annotations for one in server.run("list_tools").tools}
    for name, operation in DECLARED.items():
        reads = operation.verb == "GET" or name in {"wait_for", "sign_request"}
        destroys = operation.verb in {"DELETE", "PUT", "PATCH"} or name == "reset_account"
        assert (hints[name].read_only_hint, hints[name].destructive_hint) == (reads, destroys), name
    assert hints["create_payment"].read_only_hint is False
    assert hints["describe_method"].read_only_hint is True


def schemas_in(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for one in schema.values():
            yield from schemas_in(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from schemas_in(one)


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_a_schema_is_whole_and_plain(name: str) -> None:
    schema = TOOLS[name].schema
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    assert set(schema["required"]) <= schema["properties"].keys()
    assert all("$ref" not in one and {"type": "null"} not in one.get("anyOf", []) for one in schemas_in(schema))
    if name in DECLARED:
        operation = DECLARED[name]
        given, tool = operation.body or operation.query, operation.tool
        assert isinstance(tool, Tool)
        fields = set() if given is None else {*given.__struct_fields__} - {*tool.fixed, *tool.hidden}
        assert fields | set(names_in(operation.path)) <= schema["properties"].keys()
        for place in set(names_in(operation.path)) - {"user"}:
            assert len(schema["properties"][place]["description"]) > len("The .")


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_no_field_has_the_name_of_a_value_in_the_path(name: str) -> None:
    operation = DECLARED[name]
    given = operation.body or operation.query
    assert given is None or set(given.__struct_fields__).isdisjoint(names_in(operation.path))


def test_the_methods_of_the_gateway_are_those_that_are_declared() -> None:
    creating = {method.name for method in ALL_METHODS if method.reference == "order_id"}
    assert set(TOOLS["create_payment"].schema["properties"]["method"]["enum"]) == creating
    assert set(TOOLS["call_gateway"].schema["properties"]["method"]["enum"]) == {method.name for method in ALL_METHODS}
    for method in ALL_METHODS:
        texts = TOOLS["create_payment"].description, TOOLS["call_gateway"].description
        assert any(f"{method.title}: {method.summary}" in text for text in texts), method.title


def test_a_result_is_fitted_without_hiding_what_is_left_out() -> None:
    value = {"items": [{"number": number, "body": "é" * 5000, "empty": "", "none": None} for number in range(500)]}
    found = ToolResult(value).fitted()
    assert len(found.text) <= LARGEST_RESULT
    items = found.value["items"]
    marks = [one for one in items if isinstance(one, str)]
    assert marks == [f"… {500 - len(items) + 1} items left out …"]
    assert (items[0]["number"], items[-1]["number"]) == (0, 499)
    assert "characters left out" in items[0]["body"]
    assert "empty" not in items[0]


def test_a_short_result_is_left_as_it_is() -> None:
    value = {"total": 0, "items": [], "flag": False, "text": "x" * 300}
    assert ToolResult(value).fitted().value == value
    assert json.loads(ToolResult(value).text) == value
    assert ToolResult([1]).structured == {"items": [1]}
    assert (ToolResult("text").structured, ToolResult("text").text) == (None, "text")
