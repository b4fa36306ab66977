"""What maintainers and reporters of bugs read: their commands work, and what they are promised holds."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from mockserver.client import YabandPay
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.reading import blocks
from tests.release.specimens import needs_tools

if TYPE_CHECKING:
    from mockserver.testing import Merchant

ROOT = Path(__file__).parents[2]
RELEASING = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
COMMANDS = [line for block in blocks(RELEASING, "sh") for line in block.splitlines()]


def recipe(command: str) -> list[str]:
    """What make would run for a command of a page."""
    done = subprocess.run([*shlex.split(command), "--dry-run", "--no-print-directory"], cwd=ROOT, capture_output=True,
                          text=True, check=True)  # fmt: skip
    return shlex.split(done.stdout.splitlines()[-1])


@needs_tools
@pytest.mark.parametrize("command", COMMANDS)
def test_make_runs_what_the_page_says(command: str) -> None:
    from release.__main__ import parser  # noqa: PLC0415 - imports what not everyone has
    from release.steps import STEPS  # noqa: PLC0415

    ran = recipe(command)
    assert ran[1:3] == ["-m", "release"]
    given = parser().parse_args(ran[3:])
    assert set(vars(given).get("only", "tree").split(",")) <= STEPS.keys()


@needs_tools
def test_the_page_lists_every_step_and_job() -> None:
    from release.steps import STEPS  # noqa: PLC0415 - imports what not everyone has

    listed = re.findall(r"^\| `(\w+)` \|", RELEASING, re.MULTILINE)
    jobs = list(yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"])
    assert listed == [*jobs[1:], *STEPS]


def form(name: str) -> str:
    return (ROOT / ".github" / "ISSUE_TEMPLATE" / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_form_for_a_bug_says_how_to_export_a_bundle_and_what_it_hides(tmp_path: Path, merchant: Merchant) -> None:
    [command] = re.findall(r"`(curl --output [^`]+)`", form("bug.yml"))
    secret = "sandbox-secret-key"
    with Sandbox(Settings(port=0)) as sandbox:
        client = YabandPay("016683", secret, sandbox.url)
        client.create_alipay_mini_payment(
            order_id="bug", amount="1", currency="EUR", description="Tea for Anna", demo=f"key {secret}",
            notify_url=merchant.url,
        )  # fmt: skip
        script = command.replace("http://127.0.0.1:8765", sandbox.url)
        subprocess.run(["sh", "-c", f"{script} --silent --fail"], cwd=tmp_path, check=True)
    saved = (tmp_path / "bundle.json").read_text(encoding="utf-8")
    assert secret not in saved
    assert "Tea for Anna" in saved, "the form says that descriptions are in it"
    assert "***" in saved


def test_pre_commit_has_the_zizmor_of_the_lock_file() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    [pinned] = [one for hook in hooks for one in hook.get("additional_dependencies", [])]
    assert f"\n{pinned} " in (ROOT / "requirements-ci.lock").read_text(encoding="utf-8")
    for hook in hooks:
        if hook["entry"].startswith(".venv/"):
            assert re.search(rf"^{hook['entry'].split()[0].rpartition('/')[2].replace('python', 'pytest')}==",
                             (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"), re.MULTILINE)  # fmt: skip


def test_what_a_check_leaves_behind_is_ignored() -> None:
    ignored = subprocess.run(["git", "check-ignore", "tests/release/npm/node_modules/", "dist/"], cwd=ROOT,
                             capture_output=True, text=True, check=False)  # fmt: skip
    assert len(ignored.stdout.splitlines()) == 2
