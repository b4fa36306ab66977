"""The error tour and the documentation pages over HTTP."""

from __future__ import annotations

import html
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.pages.tour_content import TOUR_STEPS
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from tests.helpers import USER

if TYPE_CHECKING:
    from mockserver.testing import Sandbox

pytestmark = pytest.mark.slow

TOUR = f"/_sandbox/accounts/{USER}/tour"
NAMES = [step.scenario for step in TOUR_STEPS]


def test_every_documented_error_and_the_worst_faults_are_steps(sandbox: Sandbox) -> None:
    page = requests.get(sandbox.url + TOUR, timeout=30).text
    assert re.findall(r'<section class="tour-step card" id="([^"]+)"', page) == NAMES
    faults = {
        one.name
        for one in SHIPPED_SCENARIOS
        if one.answers or one.notification_faults or any(step.notification_faults for step in one.part("then") or ())
    }
    assert faults <= set(NAMES)
    codes = {scenario.code for scenario in SHIPPED_SCENARIOS if scenario.name in NAMES}
    assert set(REFUSAL_MESSAGES) <= codes
    assert all(page.count(title) == len(TOUR_STEPS) for title in ("The payer sees", "The shop has to"))


@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_run_for_real(sandbox: Sandbox, name: str) -> None:
    page = html.unescape(requests.post(sandbox.url + TOUR, data={"name": name}, timeout=30).text)
    with sandbox.app.store.unit(USER) as unit:
        [exchange] = unit.exchanges(10)
    assert exchange.scenario == name
    assert json.loads(exchange.request)["data"]["order_id"] == "TOUR-1"
    answer = page[page.index('role="status"') :]
    if exchange.code in REFUSAL_MESSAGES and exchange.answer.startswith(b"{"):
        assert f'"code": "{exchange.code}"' in answer
    elif not exchange.answer:
        assert "No response" in answer
    else:
        assert exchange.answer[:15].decode() in answer or '"status": true' in answer


def test_a_second_run_is_a_first_try_again(sandbox: Sandbox) -> None:
    for _ in range(2):
        page = requests.post(sandbox.url + TOUR, data={"name": "answer-lost"}, timeout=30).text
        assert "No response" in page


def test_an_unknown_step_is_not_found(sandbox: Sandbox) -> None:
    assert requests.post(sandbox.url + TOUR, data={"name": "<b>"}, timeout=30).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_the_command_of_a_step_runs_it(lasting: Sandbox, name: str) -> None:
    page = requests.get(lasting.url + TOUR, timeout=30).text
    section = page[page.index(f'id="{name}"') :]
    command = html.unescape(re.findall('<pre tabindex="0">(curl .*?)</pre>', section, re.DOTALL)[0]).replace(
        "curl ", "curl -s -m 3 ", 1
    )
    subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    with lasting.app.store.unit(USER) as unit:
        assert unit.exchanges(1)[0].scenario == name


def test_each_code_has_a_request_that_provokes_it_when_pasted(sandbox: Sandbox) -> None:
    page = requests.get(f"{sandbox.url}/_sandbox/docs/codes", timeout=30).text
    found = re.findall(r'state bad">([^<]+)</span>.*?<pre class="string">(.*?)</pre>', page, re.DOTALL)
    assert [code for code, _ in found] == list(REFUSAL_MESSAGES)
    for code, command in found:
        shell = html.unescape(command).replace("curl ", "curl -s ", 1)
        answer = subprocess.run(["sh", "-c", shell], capture_output=True, check=True).stdout
        assert json.loads(answer)["code"] == code


@pytest.mark.parametrize("name", ["methods", "scenarios", "signatures", "settings", "fidelity"])
def test_the_documentation_is_there_for_people_and_for_machines(lasting: Sandbox, name: str) -> None:
    page = requests.get(f"{lasting.url}/_sandbox/docs/{name}", timeout=30)
    assert (page.status_code, "<table>" in page.text) == (200, True)
    plain = requests.get(f"{lasting.url}/_sandbox/docs/{name}.md", timeout=30)
    assert plain.text.startswith("# ")
    assert f"/_sandbox/docs/{name}.md" in requests.get(f"{lasting.url}/llms.txt", timeout=30).text
    assert "](protocol.md" not in plain.text


def test_an_unknown_documentation_page_is_not_found(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.url}/_sandbox/docs/nothing", timeout=30).status_code == 404
