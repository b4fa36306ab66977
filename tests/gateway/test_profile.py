"""Profiles: what each field changes, what takes precedence, and how mistakes are reported."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver import create_app
from mockserver.app import assemble
from mockserver.gateway.errors import KINDS
from mockserver.gateway.method import GatewayRules
from mockserver.gateway.profile import ASSUMED, Profile, gateway_rules
from mockserver.gateway.profile_file import PROFILE, ProfileError, read_profile
from mockserver.gateway.request import ENVELOPES
from mockserver.settings import Settings, read_settings
from mockserver.signing.signature import signed_request
from mockserver.testing import Sandbox
from tests.cli.commands import run
from tests.helpers import SECRET_KEY, USER, signed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile that changes every setting that a flag can have too."""
    file = tmp_path / "profile.yaml"
    file.write_text(
        '{version: "1", failures: {http_status: 422}, orders: {duplicates: refuse}, time: {max_clock_skew: 5m}}',
        encoding="utf-8",
    )
    return file


def effective(settings: Settings) -> tuple[int, str, int]:
    found = assemble(settings).profile
    return found.http_status, found.duplicate_orders, found.max_clock_skew


def test_without_a_profile_the_sandbox_is_as_it_assumes() -> None:
    assert assemble(Settings()).profile == ASSUMED
    assert effective(Settings()) == (200, "accept", 0)


def test_a_setting_that_was_given_takes_precedence_even_as_the_usual_value(profile: Path) -> None:
    assert effective(Settings(profile=profile)) == (422, "refuse", 300_000)
    given = {
        "profile": str(profile),
        "error_http_status": "200",
        "duplicate_orders": "accept",
        "max_clock_skew": "none",
    }
    assert effective(read_settings(given)) == (200, "accept", 0)
    assert effective(Settings(profile=profile, error_http_status=200)) == (200, "refuse", 300_000)


def test_an_environment_variable_takes_precedence_too(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YABANDPAY_MOCK_PROFILE", str(profile))
    monkeypatch.setenv("YABANDPAY_MOCK_MAX_CLOCK_SKEW", "1h")
    assert effective(read_settings({})) == (422, "refuse", 3_600_000)


def test_create_app_and_a_sandbox_behave_alike(profile: Path) -> None:
    body = signed(order_id="1")  # its time is of 2019
    answered = create_app(profile=profile).test_client().post("/Payments", data=body)
    with Sandbox(Settings(port=0, log="none", profile=profile)) as sandbox:
        served = requests.post(f"{sandbox.url}/Payments", data=body, timeout=30)
    assert (answered.status_code, answered.data) == (served.status_code, served.content)
    assert served.status_code == 422
    assert served.json()["message"].startswith("time must be at most 5m from the gateway's clock, not ")


def test_decisions_are_made_once() -> None:
    """The usual rules are the usual functions, so that nothing is added for each accepted request."""
    rules = gateway_rules(ASSUMED, 0, str)
    assert isinstance(rules, GatewayRules)
    assert rules.envelopes is ENVELOPES
    assert (rules.find_method, rules.show_amount, rules.max_clock_skew) == (None, None, 0)


@pytest.mark.parametrize(("age", "is_accepted"), [(0, True), (200, True), (-200, True), (400, False), (-400, False)])
@pytest.mark.parametrize("factor", [1, 1000])
def test_max_clock_skew_counts_both_ways_and_in_both_units(age: int, factor: int, *, is_accepted: bool) -> None:
    app = assemble(Settings(max_clock_skew=300_000, opening_balance=0))
    unsigned = {
        "user": USER,
        "method": "v3.ListOrder",
        "time": (int(time.time()) - age) * factor,
        "data": {"page": "1"},
    }
    reply = create_app_answer(app, unsigned)
    assert (reply["code"] == "200") == is_accepted, reply


def create_app_answer(app: Any, unsigned: dict[str, Any]) -> dict[str, Any]:
    from mockserver.gateway.request import Request  # noqa: PLC0415

    found: dict[str, Any] = json.loads(app.gateway.answer(Request("POST", signed_request(unsigned, SECRET_KEY))).body)
    return found


def test_the_account_clock_is_what_time_is_compared_with() -> None:
    with Sandbox(Settings(port=0, log="none", max_clock_skew=60_000)) as sandbox, sandbox.account() as account:
        account.clock.freeze("2030-01-01T00:00:00Z")
        with pytest.raises(Exception, match="time must be at most 1m"):
            account.client.call("v3.ListOrder", {"page": "1"})


MISTAKES = [
    ("", ":1: the file is empty"),
    ("version: 1\nfailure: {}", (":2: failure: no such field; expected version, failures, success, orders, time"
     " Did you mean failures?")),
    ("failures: {}", ":1: version: this field is required"),
    ("version: 2", ":1: version: expected one of 1, not '2'"),
    ("version: 1\nfailures:\n  http_status: 99", ":3: failures.http_status: expected a whole number from 200 to 599, not"),
    ("version: 1\nfailures:\n  data: arrays", (":3: failures.data: expected one of array, object, null, text, absent, not"
     " 'arrays' Did you mean array?")),
    ("version: 1\nfailures:\n  kinds:\n    wrong_sing: {code: -1}", ":4: failures.kinds.wrong_sing: no such field;"),
    ("version: 1\nfailures:\n  kinds:\n    wrong_sign: {}", ":4: failures.kinds.wrong_sign: expected at least 1 of"),
    ("version: 1\nfailures:\n  kinds:\n    wrong_sign: {code: 200}", (":4: failures.kinds.wrong_sign.code: expected the code"
     " of a failure such as -1000, not '200'")),
    ("version: 1\norders: {duplicates: acept}", (":2: orders.duplicates: expected one of accept, return, refuse, not 'acept'"
     " Did you mean accept?")),
    ("version: 1\ntime: {max_clock_skew: soon}", ":2: time.max_clock_skew: expected a duration such as 500ms"),
    ("version: [", ":2: invalid YAML: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_stops_the_start_with_file_line_field_and_cure(text: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "profile.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        read_profile(file)
    written = " ".join(str(caught.value).replace(". Did", " Did").replace("; did", " Did").split())
    assert f"{file}{expected.split(' Did', maxsplit=1)[0]}" in written
    if "Did you mean" in expected:
        assert expected.rpartition(" ")[2].rstrip("?") in written.rpartition("mean")[2]
    status, _, errors = run("serve", "--port", "0", "--profile", str(file))
    assert status == 2
    assert errors.strip() == str(caught.value)


@pytest.mark.parametrize("kind", ["missing", "folder", "binary", "large"])
def test_a_file_that_cannot_be_read_stops_the_start(kind: str, tmp_path: Path) -> None:
    file = tmp_path if kind == "folder" else tmp_path / "profile.yaml"
    if kind in {"binary", "large"}:
        file.write_bytes(b"\xff\x00" if kind == "binary" else b"#" * 10**6)
    with pytest.raises(ProfileError, match=":1: the file "):
        read_profile(file)


def test_a_whole_profile_is_read() -> None:
    described = PROFILE.schema()["properties"]
    assert set(described["failures"]["properties"]["kinds"]["properties"]) == set(KINDS)
    assert set(Profile._fields) >= {"http_status", "failures", "duplicate_orders", "max_clock_skew"}
