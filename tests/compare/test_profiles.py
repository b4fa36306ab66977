"""A profile that was written from a comparison makes the sandbox behave as the gateway did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.compare.comparison import compare
from mockserver.compare.recording import profile_text
from mockserver.compare.sending import ask_sandbox
from mockserver.gateway.errors import KINDS
from mockserver.gateway.profile_file import read_profile
from tests.compare.gateways import answers_of, compared, differing, gateway, sandbox_answers, subject
from tests.compare.test_planted import PLANTED
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = {
    "version": "1",
    "failures": {
        "http_status": 422,
        "code": "number",
        "data": "absent",
        "kinds": {
            kind: {"code": str(-50 - number), "message": f'Text "{number}": # 中文 é', "http_status": 400 + number}
            for number, kind in enumerate(KINDS)
        },
    },
    "success": {"code": "number"},
    "orders": {
        "duplicates": "refuse", "amount": "two decimals", "timeout": "required", "os_type": "required",
        "notify_url": "https", "wallet_names": "exact", "booleans": "refuse",
    },
    "time": {"max_clock_skew": "30m"},
}  # fmt: skip


def _profiles() -> dict[str, tuple[str, dict[str, Any]]]:
    by_settings = {name: (one.profile, one.settings) for name, one in PLANTED.items() if one.profile or one.settings}
    return {"everything": (json.dumps(EVERYTHING), {}), **by_settings}


@pytest.mark.parametrize("name", _profiles())
def test_serving_what_was_observed_agrees_with_what_was_observed(name: str, tmp_path: Path) -> None:
    given, settings = _profiles()[name]
    original, written = tmp_path / "original.yaml", tmp_path / "written.yaml"
    original.write_text(given or 'version: "1"', encoding="utf-8")
    with gateway(profile=original, **settings) as url:
        first = compared(url)
        written.write_text(profile_text(first, "Observed by a test."), encoding="utf-8")
        again = compared(url, ours=ask_sandbox(subject(), written))
        assert differing(again) == set()
    with gateway(profile=written) as url:
        about = subject()
        theirs = answers_of(url, about)
        assert differing(compare(first.theirs, theirs, about, creates=True)) == set()
    assert differing(first)


def test_a_written_profile_has_nothing_of_the_merchant(tmp_path: Path) -> None:
    about = subject(("T-1",), ("O-1",))
    original = tmp_path / "original.yaml"
    message = f"User {USER} and key {SECRET_KEY}, order {about.run}"
    original.write_text(
        json.dumps({"version": "1", "failures": {"kinds": {"unknown_order": {"message": message}}}}), encoding="utf-8"
    )
    with gateway(profile=original) as url:
        theirs = answers_of(url, about)
        text = profile_text(compare(sandbox_answers(), theirs, about, creates=True), "Observed by a test.")
    assert "User [user] and key [secret]" in text
    for secret in (USER, SECRET_KEY, about.run, "T-1", "O-1"):
        assert secret not in text
    (tmp_path / "written.yaml").write_text(text, encoding="utf-8")
    assert read_profile(tmp_path / "written.yaml").failures["unknown_order"].message.startswith("User [user] and key")
