"""The tour and the documentation pages over HTTP."""

from __future__ import annotations

import html
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.domain.payments.payment import Payment
from mockserver.domain.refunds import Refund
from mockserver.pages.tour.content import STOPS
from mockserver.pages.tour.plays import TOUR_USER
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helpers import USER

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

TOUR = f"/_sandbox/accounts/{USER}/tour"
NAMES = [stop.name for stop in STOPS]
HAPPENED = {
    "payment": (["200"], ["accepted"], "paid"),
    "signature": (["-403", "200"], ["accepted"], "paid"),
    "declined": (["200"], ["accepted"], "declined"),
    "expired": (["200"], ["accepted"], "expired"),
    "lost-answer": (["200", "200", "200"], ["accepted"], "paid"),
    "doubled": (["200"], ["accepted", "accepted"], "paid"),
    "forged": (["200", "200"], ["given up"], "processing"),
    "late": (["200", "200"], ["accepted", "accepted", "accepted"], "paid"),
    "refund": (["200", "200"], ["accepted", "accepted"], "paid"),
    "plug-in": (["200"], ["accepted"], "paid"),
}
"""Of each stop: the codes of its requests, what became of its notifications, and the state of its order."""


def played(sandbox: Sandbox, stop: str) -> requests.Response:
    return requests.post(f"{sandbox.url}{TOUR}/{stop}", timeout=30)


def article(slide: requests.Response) -> str:
    return slide.text.partition("<h1>")[2].partition("</article>")[0]


@pytest.mark.parametrize("stop", NAMES)
def test_a_stop_is_played_for_real(lasting: Sandbox, stop: str) -> None:
    slide = played(lasting, stop)
    number = int(slide.url.rpartition("?request=")[2])
    codes, notified, state = HAPPENED[stop]
    with lasting.app.store.read(TOUR_USER) as view:
        exchanges = list(view.exchanges(10, number - 1))[::-1]
        [payment] = {view.get(Payment, one.trade_id) for one in exchanges if one.trade_id}
        assert payment is not None
        notifications = view.notifications(payment.trade_id)
        refunds = [refund.state for refund in view.group(Refund, payment.trade_id)]
    assert [one.code for one in exchanges] == codes
    assert (payment.state, [one.state for one in notifications]) == (state, notified)
    assert refunds == (["refunded"] if stop in {"late", "refund"} else [])
    assert f"{NAMES.index(stop) + 1} / {len(NAMES)}" in slide.text
    for address in (slide.url, f"{lasting.url}{TOUR}/{stop}"):  # that of the play, and that of the last one
        assert article(requests.get(address, timeout=30)) == article(slide)


def test_the_tour_changes_nothing_in_the_merchants_account(sandbox: Sandbox) -> None:
    before = sandbox.app.clocks.of(USER).now()
    assert TOUR_USER not in sandbox.app.merchants()
    played(sandbox, "expired")
    assert TOUR_USER in sandbox.app.merchants()
    assert sandbox.app.clocks.of(USER).now() == before
    with sandbox.app.store.read(USER) as view:
        assert view.numbers() == {}


def test_an_unknown_stop_is_a_404_with_all_stops(sandbox: Sandbox) -> None:
    hostile = "<script>alert(1)</script>"
    for send in (requests.get, requests.post):
        answer = send(f"{sandbox.url}{TOUR}/{hostile.replace('/', '%5C')}", timeout=30)
        assert answer.status_code == 404
        assert "<script>alert" not in answer.text
        assert re.findall(r"/tour/([a-z-]+)\"", answer.text) == NAMES
    for number in ("7", "-1", "x" * 5000, hostile):
        answer = requests.get(f"{sandbox.url}{TOUR}/payment", params={"request": number}, timeout=30)
        assert (answer.status_code, "<script>alert" in answer.text) == (404, False)


def test_a_second_play_takes_the_place_of_the_first_which_keeps_its_address(sandbox: Sandbox) -> None:
    first, second = played(sandbox, "refund"), played(sandbox, "refund")
    shown = article(requests.get(f"{sandbox.url}{TOUR}/refund", timeout=30))
    assert ("TOUR-refund-1" in shown, "TOUR-refund-3" in shown) == (False, True)
    assert shown == article(second)
    assert article(requests.get(first.url, timeout=30)) == article(first)


def test_a_play_is_not_shown_on_another_slide(sandbox: Sandbox) -> None:
    number = played(sandbox, "declined").url.rpartition("=")[2]
    assert requests.get(f"{sandbox.url}{TOUR}/doubled?request={number}", timeout=30).status_code == 404


def test_two_who_play_at_once_both_see_their_play(lasting: Sandbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        slides = list(pool.map(lambda stop: played(lasting, stop), ["refund", "late", "refund", "late"]))
    for slide in slides:
        assert slide.status_code == 200, slide.text
        assert 'class="moments"' in slide.text


def test_the_plug_in_pays_over_https_with_the_sandboxs_authority(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    with Sandbox(Settings(port=0, tls=True, tls_port=0, ca_file=authority)) as sandbox:
        slide = played(sandbox, "plug-in")
        assert f"The request goes through HTTPS to {sandbox.app.secure_url}" in slide.text
        with sandbox.app.store.read(TOUR_USER) as view:
            [exchange] = view.exchanges(10)
        assert (exchange.code, exchange.scenario) == ("200", "success")
        assert sandbox.app.secure_url in exchange.answer.decode()
        authority.write_text("of another start", encoding="ascii")
        assert "HTTPS failed" in played(sandbox, "plug-in").text


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
