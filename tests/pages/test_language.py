"""Every text of the pages is there in every language."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
import requests

from mockserver.api.openapi import OPERATIONS
from mockserver.domain.cards import CardOutcome
from mockserver.domain.kinds import KINDS
from mockserver.evidence import Basis
from mockserver.examine.checks import CHECKS
from mockserver.explain.mistakes import MISTAKES
from mockserver.gateway import parameters
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.profile_file import PROFILE
from mockserver.pages.language import LANGUAGES, catalogue, templates_of
from mockserver.scenarios.format import NOTIFY, RESPOND, SCENARIO, Steps
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.scenarios.yaml_files import Object, Shape
from mockserver.settings import declared
from tests.pages.error_texts import error_templates

if TYPE_CHECKING:
    from mockserver.testing import Sandbox

PAGES = Path(__file__).parents[2] / "mockserver" / "pages"
SAYING = {"message", "translated", "say"}
OTHERS = [language for language in LANGUAGES if language != "en"]


def in_templates() -> set[str]:
    """The texts that templates show by `_("…")` or `_('…')`."""
    found: set[str] = set()
    for template in (PAGES / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        literals = re.findall(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", text)
        found |= {str(ast.literal_eval(literal)) for literal in literals}
    return found


def in_code() -> set[str]:
    """The names of kinds, the sources of checks, the known mistakes, and the texts that modules mark by `message("…")` or show by `translated("…")` or `say("…")`."""
    found = set(KINDS) | {check.source for check in CHECKS if re.search("[a-z]", check.source)}
    found |= {text for mistake in MISTAKES for text in (mistake.sentence, mistake.cure)}
    for module in (
        *PAGES.rglob("*.py"),
        PAGES.parent / "durations.py",
        *(PAGES.parent / "scenarios" / name for name in ("description.py", "faults.py")),
        PAGES.parent / "api" / "messages.py",
        *(PAGES.parent / "gateway").rglob("*.py"),
        *(PAGES.parent / "domain").rglob("*.py"),
        *(PAGES.parent / "delivery").rglob("*.py"),
        *(PAGES.parent / "api").rglob("*.py"),
        *(PAGES.parent / "examine").rglob("*.py"),
        *(PAGES.parent / "explain").rglob("*.py"),
    ):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                text = node.args[0] if node.args else None
                if isinstance(text, ast.Constant):
                    found.add(str(text.value))
    return found


def objects_in(shape: Shape) -> list[Object]:
    """The objects of a YAML file that the documentation has tables of."""
    if not isinstance(shape, Object):
        return []
    return [shape, *(inner for member in shape.members.values() for inner in objects_in(member.shape))]


def in_declarations() -> set[str]:
    """What the gateway's methods, the settings, the API's operations and the fields of YAML files declare in words."""
    envelope = {field.meaning for field in (*parameters.ENVELOPE, parameters.COMMAND)}
    meanings = {field.meaning for method in ALL_METHODS for field in method.fields}
    sent = [field for method in ALL_METHODS for field in (*method.answer, *method.notified)]
    texts = envelope | meanings | {text for field in sent for text in (field.form, field.meaning, field.when)}
    texts |= {method.summary for method in ALL_METHODS} | {operation.summary for operation in OPERATIONS}
    texts |= {setting.metadata["help"] for setting in declared()} | set(get_args(CardOutcome)) | set(get_args(Basis))
    inside = [*objects_in(SCENARIO.members["trigger"].shape), *objects_in(PROFILE)]
    shapes = (SCENARIO, Steps("then").step(), RESPOND, NOTIFY, *inside)
    texts |= {member.meaning for shape in shapes for member in shape.members.values()}
    return (texts | {kind.states.subject for kind in KINDS.values()}) - {""}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_no_translation_is_left_over(language: str) -> None:
    texts = in_templates() | in_code() | in_declarations() | error_templates()
    texts |= {scenario.summary for scenario in SHIPPED_SCENARIOS}
    details = set(templates_of("details", language))  # test_reasons.py has them from the variants themselves
    assert sorted(texts - set(catalogue(language))) == []
    assert sorted(set(catalogue(language)) - texts - details) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_the_names_of_the_values_in_it(language: str) -> None:
    for text, other in catalogue(language).items():
        assert sorted(re.findall(r"{(\w+)}", text)) == sorted(re.findall(r"{(\w+)}", other)), text


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_translated_twice(language: str) -> None:
    seen: list[str] = []
    for file in (PAGES / "messages" / language).glob("*.json"):
        seen += json.loads(file.read_text(encoding="utf-8"))
    assert len(seen) == len(set(seen))


def title(response: requests.Response) -> str:
    return str(re.findall("<title>(.*?)</title>", response.text, re.DOTALL)[0])


def test_the_language_is_the_browsers_until_another_is_picked(sandbox: Sandbox) -> None:
    address = f"{sandbox.url}/checkout/016683/unknown"
    with requests.Session() as browser:
        browser.headers["Accept-Language"] = "zh-CN,zh;q=0.9,en;q=0.8"
        assert title(browser.get(address, timeout=30)) == "未找到该订单 · YabandPay 沙箱"
        assert title(browser.get(f"{address}?lang=en", timeout=30)) == "Order not found · YabandPay sandbox"
        assert title(browser.get(address, timeout=30)) == "Order not found · YabandPay sandbox", "the choice is kept"
        assert 'lang="en"' in browser.get(f"{address}?lang=xx", timeout=30).text
    assert (
        title(requests.get(address, headers={"Accept-Language": "fr"}, timeout=30))
        == "Order not found · YabandPay sandbox"
    )
