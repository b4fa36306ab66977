"""`scenarios` and `demo`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import run
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from pathlib import Path


def test_scenarios_are_listed_with_their_triggers(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nsummary: My own.\n", encoding="utf-8")
    code, listed, _ = run("scenarios", "--scenarios", str(tmp_path))
    assert code == 0
    assert re.search(r"declined +DECLINED-\* +990005.99 +The payer's wallet declines", listed)
    assert re.search(r"mine +My own\.", listed)
    (tmp_path / "mine.yaml").write_text("nam: mine\n", encoding="utf-8")
    assert run("scenarios", "--scenarios", str(tmp_path))[0] == 2


@pytest.mark.slow
def test_the_demo_shows_three_acts_in_lanes() -> None:
    code, reported, _ = run("demo", "--pay-delay", "10ms")
    assert code == 0
    paid, wrong, explained = re.split(r"\n\d\. [A-Z].*\n", reported)[1:]
    for line in (" pays with Alipay", "--> notification: paid,", "--> 200, paid"):
        assert line in paid
    for line in ("declined by", "answers 500", "advanced by 15s", "answers ok, and ships"):
        assert line in wrong
    for line in (
        "--> -403 ", "The values were URL-encoded", "  - description=Green+tea\n", "  + description=Green tea\n",
        "    amount=24.99\n", "Sign the raw values", "--> 200, processing",
    ):  # fmt: skip
        assert line in explained
    times = re.findall(r"^\d\d:\d\d:\d\d", reported, re.MULTILINE)
    assert len(times) == 19
    assert max(map(len, reported.splitlines())) <= 80
    assert reported.isascii()
    assert SECRET_KEY not in reported


def test_a_scenario_is_reported_as_a_timeline() -> None:
    code, reported, _ = run("scenarios", "show", "notified-out-of-order")
    assert code == 0
    lines = reported.splitlines()
    assert lines[0] == "notified-out-of-order"
    assert "  amount                 990324.99" in lines
    drawing = lines[lines.index("   after the pay delay  * payment: verify") :]
    assert [line.strip() for line in drawing] == [
        "after the pay delay  * payment: verify",
        "`- notification: sent only after the next one about the trade",
        "|",
        "after 2s  * payment: paid",
    ]


def test_a_scenario_that_there_is_not_is_reported_with_the_nearest() -> None:
    code, _, reported = run("scenarios", "show", "declind")
    assert code == 2
    assert "did you mean 'declined'?" in reported


def test_scenario_files_are_checked(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: declined\nsummary: Mine.\nthen: []\n", encoding="utf-8")
    code, reported, _ = run("scenarios", "check", str(tmp_path))
    assert code == 0
    assert re.search(r"declined +Mine\.  \(replaces the shipped scenario\)\n1 scenario, no mistakes\.", reported)
    (tmp_path / "b.yaml").write_text("nam: b\nsummary: [x]\nthen: [{after: x, state: pain}]\n", encoding="utf-8")
    code, _, reported = run("scenarios", "check", str(tmp_path))
    assert code == 1
    assert [line.partition("b.yaml:")[2].split(" ")[0] for line in reported.splitlines()[:-1]] == [
        "1:", "1:", "2:", "3:", "3:",
    ]  # fmt: skip
    assert reported.splitlines()[-1] == "5 mistakes."
    assert run("scenarios", "check", str(tmp_path / "none"))[0] == 1


def test_the_schema_of_scenario_files_is_printed() -> None:
    code, printed, _ = run("scenarios", "schema")
    assert code == 0
    assert json.loads(printed)["required"] == ["name", "summary"]
