"""The gallery of scenarios: a card for each, with advice where something goes wrong, and a command that plays any."""

from __future__ import annotations

import html
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.pages.scenario_advice import SCENARIO_ADVICE
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from tests.helpers import USER

if TYPE_CHECKING:
    from mockserver.testing import Sandbox

pytestmark = pytest.mark.slow

GALLERY = f"/_sandbox/accounts/{USER}/scenarios"
NAMES = [advice.scenario for advice in SCENARIO_ADVICE]


@pytest.fixture(scope="module")
def cards(lasting: Sandbox) -> dict[str, str]:
    """The card of each scenario."""
    page = html.unescape(requests.get(lasting.url + GALLERY, timeout=30).text)
    return dict(re.findall(r'<article class="card" id="([^"]+)">(.*?)</article>', page, re.DOTALL))


def test_every_documented_error_and_the_worst_faults_have_advice(cards: dict[str, str]) -> None:
    faults = {
        one.name
        for one in SHIPPED_SCENARIOS
        if one.answers or one.notification_faults or any(step.notification_faults for step in one.part("then") or ())
    }
    assert faults <= set(NAMES)
    codes = {scenario.code for scenario in SHIPPED_SCENARIOS if scenario.name in NAMES}
    assert set(REFUSAL_MESSAGES) <= codes
    for advice in SCENARIO_ADVICE:
        said = cards[advice.scenario].partition("The payer sees")[2]
        assert advice.payer in said.partition("The shop has to")[0]
        assert advice.shop in said.partition("The shop has to")[2]
    assert {name for name, card in cards.items() if "The shop has to" in card} == set(NAMES)


def test_the_command_plays_the_scenario_of_each_card(lasting: Sandbox, cards: dict[str, str]) -> None:
    page = html.unescape(requests.get(lasting.url + GALLERY, timeout=30).text)
    command = re.findall("<pre[^>]*>(curl .*?)</pre>", page, re.DOTALL)[0]
    assert set(cards) == {scenario.name for scenario in SHIPPED_SCENARIOS}
    for scenario in SHIPPED_SCENARIOS:
        shell = command.replace("declined", scenario.name).replace("curl ", "curl -s -m 1 ", 1)
        printed = subprocess.run(["sh", "-c", shell], capture_output=True, check=False).stdout
        with lasting.app.store.read(USER) as view:
            assert view.exchanges(1)[0].scenario == scenario.name
        if scenario.code:
            assert json.loads(printed)["code"] == scenario.code
