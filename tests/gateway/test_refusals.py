"""A refusal that is about a field names it as a value; nothing is found by reading its sentence."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mockserver.gateway.errors import FieldInvalid, FieldMissing, RuleBroken
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.parameters import ENVELOPE

GATEWAY = Path(__file__).parents[2] / "mockserver" / "gateway"
FIELDS = {field.name for field in ENVELOPE} | {field.name for method in ALL_METHODS for field in method.fields}
WITH_FIELDS = {"RuleBroken": "field", "PayMethodUnsupported": "fields"}


def constant_parts(node: ast.expr) -> str:
    """The text of a string or an f-string, with a space where a value stands."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else " " for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def refusals() -> list[tuple[str, ast.Call]]:
    found = []
    for module in sorted(GATEWAY.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WITH_FIELDS:
                found.append((f"{module.name}:{node.lineno}", node))
    return found


@pytest.mark.parametrize(("place", "call"), refusals(), ids=[place for place, _ in refusals()])
def test_a_refusal_that_begins_with_a_field_or_asks_for_one_names_it(place: str, call: ast.Call) -> None:
    sentence = constant_parts(call.args[0])
    about = re.match(r"([a-z0-9_]+)", sentence) or re.search(r" the ([a-z]+_[a-z_]+) ", sentence)
    if about is not None and about[1] in FIELDS:
        assert isinstance(call.func, ast.Name)
        assert WITH_FIELDS[call.func.id] in {keyword.arg for keyword in call.keywords}, place


def test_the_sentence_is_made_of_field_rule_and_value() -> None:
    refusal = FieldInvalid("limit", "must be at most 500", "501")
    assert (refusal.message, refusal.fields, refusal.rule, refusal.value) == (
        "limit must be at most 500, not '501'.", ("limit",), "must be at most 500", "501",
    )  # fmt: skip
    assert FieldInvalid("data", "must be a JSON object").message == "data must be a JSON object."


def test_missing_fields_are_named_and_a_rule_may_be_about_none() -> None:
    assert FieldMissing("order_id", "amount").fields == ("order_id", "amount")
    assert RuleBroken("The body is larger than the limit of 1 MiB.").fields == ()
