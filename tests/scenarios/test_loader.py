"""Scenario files, and what is said of every mistake in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.scenarios.loader import ScenarioFileError, load_scenarios
from mockserver.scenarios.scenario import Scenario, Step

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: held
summary: Held, then paid.
trigger: {order_id: "HELD-*", amount: 7.01}
then:
  - {after: pay_delay, state: verify}
  - after: 1.5s
    state: paid
"""


def mistakes(folder: Path, text: str) -> list[str]:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioFileError) as caught:
        load_scenarios(folder)
    return [str(problem).replace(f"{file}:", "") for problem in caught.value.problems]


def test_a_scenario_is_read(tmp_path: Path) -> None:
    (tmp_path / "held.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a scenario", encoding="utf-8")
    assert load_scenarios(tmp_path) == [
        Scenario("held", "Held, then paid.", "HELD-*", 701, parts={"then": (Step(None, "verify"), Step(1500, "paid"))})
    ]


def test_an_empty_folder_has_no_scenarios(tmp_path: Path) -> None:
    assert load_scenarios(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file is empty"),
        ("name: [", "2: invalid YAML: "),
        ("just text", "1: expected fields: name, summary, trigger, respond, answers, notify, then, refund, payout, split"),
        ("summary: s", "1: name: this field is required"),
        ("name: n\nsummary: s\nrespnd: {}", ("3: respnd: no such field; expected name, summary, trigger, respond, answers, notify, then, refund, payout,"
         " split;"
         " did you mean 'respond'?")),
        ("name: n\nsummary: s\nname: m", "3: name: this field appears twice; remove one of them"),
        ("name: n\nsummary: s\nname:\n  - x", "3: name: this field appears twice; remove one of them"),
        ("name: [n]\nsummary: s", "1: name: expected a text"),
        ("name: n\nsummary: ''", "2: summary: expected a text"),
        ("name: n\nsummary: s\ntrigger: DECLINED", "3: trigger: expected fields: order_id, amount"),
        ("name: n\nsummary: s\ntrigger:\n  amont: 1", ("4: trigger.amont: no such field; expected order_id, amount;"
         " did you mean 'amount'?")),
        ("name: n\nsummary: s\ntrigger: {amount: '4,05'}", ("3: trigger.amount: expected a decimal number with at most two"
         " places, such as 24.99, not '4,05'")),
        ("name: n\nsummary: s\nrespond: {}", "3: respond: expected at least 1 of these fields: code, message, effect,"),
        ("name: n\nsummary: s\nrespond: {code: -301}", ("3: respond.code: expected one of -1000, -3001, -403, -4011, not"
         " '-301'; did you mean '-3001'?")),
        ("name: n\nsummary: s\nthen: {state: paid}", "3: then: expected a list of steps such as - {after: 2s, state: paid}"),
        ("name: n\nsummary: s\nthen:\n  - {after: 2s}", "4: then[0].state: this field is required"),
        ("name: n\nsummary: s\nthen:\n  - {after: 2, state: paid}", ("4: then[0].after: expected a duration such as 500ms,"
         " 2s, 1m or 6h, pay_delay, 3 queries or signal, not '2'")),
        ("name: n\nsummary: s\nthen:\n  - {after: 2s, state: pain}", ("4: then[0].state: expected one of paid, authorized,"
         " pending, processing, verify, declined, failed, expired, cancelled, not 'pain'; did you mean 'paid'?")),
        ("name: n\nsummary: s\nthen:\n  - {after: 2s, state: declined}\n  - {after: 2s, state: paid}",
         "5: then[1].state: declined cannot become paid; expected no further step, as it is final"),
        ("name: n\nsummary: s\nrefund:\n  - {after: 0s, state: to-be-approval}\n  - {after: 1s, state: refunded}",
         "5: refund[1].state: to-be-approval cannot become refunded; expected refund declined, refund pending, refund"),
        ("name: n\nsummary: s\npayout:\n  - {after: 1s, state: paid}", "4: payout[0].state: expected one of awaiting approval,"),
        ("name: n\nsummary: s\nsplit: []\nrefund: x", "4: refund: expected a list of steps such as - {after: 2s, state: refunded}"),
        ("name: n\nsummary: s\nrespond: {code: '-403'}\nthen:\n  - {after: 2s, state: paid}",
         "5: then: this scenario rejects every request, so it creates nothing that then could change; remove then"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_line_field_and_nearest_word(tmp_path: Path, text: str, expected: str) -> None:
    assert any(reported.startswith(expected) for reported in mistakes(tmp_path, text)), mistakes(tmp_path, text)


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("nam: a\nsummary: s\nthen:\n  - {after: x, state: y}", encoding="utf-8")
    (tmp_path / "b.yml").write_bytes(b"\xff")
    with pytest.raises(ScenarioFileError) as caught:
        load_scenarios(tmp_path)
    reported = str(caught.value).splitlines()
    assert len(reported) == 5
    assert f"{tmp_path / 'a.yaml'}:4: then[0].after" in str(caught.value)
    assert f"{tmp_path / 'b.yml'}:1: the file is not UTF-8 text" in reported


@pytest.mark.parametrize("changed", ["summary", "name", "order_id"])
def test_two_files_may_not_claim_the_same(tmp_path: Path, changed: str) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    second = {
        "summary": GOOD.replace("Held", "Kept"),
        "name": GOOD.replace("name: held", "name: kept"),
        "order_id": GOOD.replace("name: held", "name: kept").replace("HELD", "KEPT"),
    }[changed]
    reported = mistakes(tmp_path, second)
    assert reported
    assert all(f"is already used by {tmp_path / 'a.yaml'}; expected another" in line for line in reported)


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ScenarioFileError, match="this folder does not exist; expected a folder with .yaml files"):
        load_scenarios(tmp_path / "missing")
