"""The published JSON Schema says of scenario files what the loader says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
import yaml

from mockserver.scenarios.format import schema
from mockserver.scenarios.loader import SHIPPED, ScenarioFileError, load_scenarios
from mockserver.scenarios.scenario import Step

if TYPE_CHECKING:
    from pathlib import Path

VALIDATOR = jsonschema_rs.validator_for(json.loads(json.dumps(schema())))
HEAD = "name: n\nsummary: s\n"


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_scenario_fits_the_schema(file: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(file.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("respond: {}", "3: respond: expected at least 1"),
        ("respond: {delay: soon}", "3: respond.delay: expected a duration such as"),
        ("respond: {http_status: 99}", "3: respond.http_status: expected a whole number from 200 to 599, not '99'"),
        ("respond: {http_status: [503]}", "3: respond.http_status: expected a whole number from 200 to 599, not a list"),
        ("respond: {body: emty}", "3: respond.body: expected one of empty, truncated, garbled, html, not 'emty'; did you mean 'empty'?"),
        ("respond: {connection: gone}", "3: respond.connection: expected one of reset, closed, silent, not 'gone'"),
        ("respond: {effect: maybe}", "3: respond.effect: expected one of kept, none, forgotten"),
        ("answers: []", "3: answers: expected a list such as [fail, fail, succeed]"),
        ("answers: [succed]", "3: answers[0]: expected one of succeed, fail, not 'succed'; did you mean 'succeed'?"),
        ("answers: [{code: 7}]", "3: answers[0].code: expected one of -1000"),
        ("notify: {copies: 0}", "3: notify.copies: expected a whole number from 1 to 20, not '0'"),
        ("notify: {concurrent: yes please}", "3: notify.concurrent: expected true or false"),
        ("notify: {fields: {colour: red}}", "3: notify.fields.colour: no such field; expected amount, currency,"),
        ("notify: {form: xml}", "3: notify.form: expected one of json, resultData, percent-encoded"),
        ("notify: {dely: 2s}", "3: notify.dely: no such field; expected delay,"),
        ("then:\n  - {after: 0 queries, state: paid}", "4: then[0].after: expected a duration such as"),
        ("then:\n  - {after: 2s, state: paid, notify: {copies: many}}", "4: then[0].notify.copies: expected a whole"),
        ("refund:\n  - {after: 2s, state: refunded, forced: true}", "4: refund[0].forced: no such field"),
        ("trigger: {amount: free}", "3: trigger.amount: expected a decimal number"),
    ],
)  # fmt: skip
def test_what_the_schema_refuses_the_loader_shows(tmp_path: Path, text: str, expected: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(HEAD + text))
    assert any(reported.startswith(expected) for reported in mistakes(tmp_path, HEAD + text)), mistakes(
        tmp_path, HEAD + text
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("respond: {message: No}", "3: respond.message: only an error has a message; add code, such as code: '-1000'"),
        ("respond: {code: -403, effect: kept}", "3: respond.effect: a rejected request has no effect; expected none"),
        ("respond: {connection: reset, body: empty}", "3: respond.body: with connection, no response is sent, so body has no effect; remove one of them"),
        ("respond: {http_status: 204}", "3: respond.http_status: an answer with this status has no body; expected another status, such as 503"),
        ("then:\n  - {after: 1s, state: paid}\n  - {after: 1s, state: paid, forced: true}", "5: then[1].state: the state is already paid"),
        ("respond: {delay: 3s to 2s}", "3: respond.delay: expected the shorter duration first"),
        ("answers: [fail, succeed]", "3: answers: fail needs respond; add respond, or write the fields of a response in place of fail"),
        ("respond: {delay: 1s}\nanswers: [succeed]", "3: respond: respond has no effect, as no entry of answers is fail; add fail to answers, or remove respond"),
        ("respond: {http_status: 503}\nthen: []", "4: then: this scenario rejects every request, so it creates nothing that then could change; remove then"),
        ("then:\n  - {after: 1s, state: paid}\n  - {after: 1s, state: failed, forced: true}", "5: then[1].state: only paid can be forced"),
    ],
)  # fmt: skip
def test_what_only_the_loader_sees_is_reported_too(tmp_path: Path, text: str, expected: str) -> None:
    assert any(reported.startswith(expected) for reported in mistakes(tmp_path, HEAD + text)), mistakes(
        tmp_path, HEAD + text
    )


def mistakes(folder: Path, text: str) -> list[str]:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioFileError) as caught:
        load_scenarios(folder)
    return [str(problem).replace(f"{file}:", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "trigger: {amount: 990777.99}",
        "respond: {code: -403}",
        "respond: {delay: 100ms to 3s, slow: 2s, http_status: 202}",
        "respond: {code: '-1000', message: Come back later, http_status: 503, retry_after: 1m}",
        "answers: [{connection: reset}, succeed]",
        "then:\n  - {after: 12 queries, state: paid}\n  - {after: signal, state: cancelled}",
        "then: []",
        "notify: {ahead_of_query: 5s, replay_after: 1.5s}",
    ],
)
def test_what_the_loader_takes_fits_the_schema(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(HEAD + text, encoding="utf-8")
    assert len(load_scenarios(tmp_path)) == 1
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(HEAD + text))] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: 延迟\nsummary: s", "1: name: expected up to 100 letters, digits, points and hyphens"),
        ('name: "a\\nb"\nsummary: s', "1: name: expected up to 100 letters, digits, points and hyphens"),
        (HEAD + f"respond: {{http_status: {'9' * 5000}}}", "3: respond.http_status: expected a whole number from 200 to 599"),
        (HEAD + f"then:\n  - {{after: {'9' * 500} queries, state: paid}}", "4: then[0].after: expected a duration"),
        (HEAD + f"then:\n  - {{after: {'9' * 5000}s, state: paid}}", "4: then[0].after: expected a text of at most 1000 characters, not"),
        (HEAD + "then:\n  - {after: \u0663s, state: paid}", "4: then[0].after: expected a duration"),
        (HEAD + "respond: {code: -403}\n? [x, y]\n: 1", "4: expected the name of a field"),
        ("name: " + "[" * 30_000, "1: the file has more than 50 levels"),
        (HEAD + "then:\n  " + "- " * 100_000, "4: the file has more than 50 levels"),
        (HEAD + "? " * 100_000, "3: the file has more than 50 levels"),
        ("name: &n x\nsummary: s\nthen: [" + "*n, " * 1001 + "]", "3: the file has more than 1000 aliases"),
        ("name: &n {x: *n}\nsummary: s", "1: name: expected a text"),
        (HEAD + "#" * 300_000, "1: the file is larger than the limit of 256 KiB"),
        (HEAD + "then: [" + "{after: 1s, state: paid}, " * 101 + "]", "3: then: expected a list of at most 100, not of 101"),
        (HEAD + "answers: [" + "succeed, " * 101 + "]", "3: answers: expected a list of at most 100, not of 101"),
        ("name: n\nsummary: null", "2: summary: expected a text"),
        ("name: n\nsummary: " + "s" * 1001, "2: summary: expected a text of at most 1000 characters, not one of 1001"),
        (f"name: {'n' * 101}\nsummary: s", "1: name: expected up to 100 letters, digits, points and hyphens"),
        ('name: n\nsummary: "\\ud800"', "2: invalid YAML: "),
        ("name: n\nsummary: \x00", "1: invalid YAML: "),
        (HEAD + "respond: {code: " + "x" * 900 + "}", "3: respond.code: expected one of -1000, -3001, -403, -4011, not 'xxx"),
        (HEAD + "trigger: {order_id: " + "x" * 1001 + "}", "3: trigger.order_id: expected a text of at most 1000"),
    ],
    ids=range(22),
)  # fmt: skip
def test_absurd_files_are_reported_like_any_other(tmp_path: Path, text: str, expected: str) -> None:
    assert any(reported.startswith(expected) for reported in mistakes(tmp_path, text)), mistakes(tmp_path, text)


def test_fields_can_be_merged_from_another_place(tmp_path: Path) -> None:
    text = HEAD + "refund:\n  - &step {after: 1s, state: refund failed}\nthen:\n  - {<<: *step, state: paid}"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert load_scenarios(tmp_path)[0].part("then") == (Step(1000, "paid"),)


def test_what_is_no_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ScenarioFileError) as caught:
        load_scenarios(tmp_path)
    assert [problem.sentence.partition(":")[0] for problem in caught.value.problems] == ["the file cannot be read"] * 2
