"""The shell script."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.examples.running import EXAMPLES, environment
from tests.examples.selling import Trading

if TYPE_CHECKING:
    from mockserver.testing import Sandbox

_MISSING = [name for name in ("sh", "openssl", "curl") if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"needs {', '.join(_MISSING)}")


@pytest.fixture(scope="module")
def trading(sandbox: Sandbox) -> Trading:
    return Trading(sandbox, "")


def pay(sandbox: Sandbox, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(EXAMPLES / "shell" / "pay.sh"), *arguments]
    given = environment(YABANDPAY_URL=sandbox.url, **variables)
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False)


def test_a_payment_is_created_and_asked_for(sandbox: Sandbox, trading: Trading) -> None:
    done = pay(sandbox)
    assert done.returncode == 0, done.stderr
    created, found = (json.loads(line)["data"] for line in done.stdout.splitlines())
    assert found["transaction_info"]["order_id"] == created["order_id"]
    trade_id = created["trade_id"]
    assert done.stderr == f"The payer pays at {created['url']}\nTrade {trade_id} is processing.\n"
    assert trading.payment(trade_id)["description"] == "Dragon Well tea 龙井, 100 g"


def test_a_payment_that_was_created_before_is_asked_for(sandbox: Sandbox, trading: Trading) -> None:
    trade_id = json.loads(pay(sandbox).stdout.splitlines()[0])["data"]["trade_id"]
    trading.set_state(trade_id, "paid")
    done = pay(sandbox, trade_id)
    assert json.loads(done.stdout)["data"]["transaction_info"]["state"] == "paid"
    assert done.stderr == f"Trade {trade_id} is paid.\n"


def test_values_are_signed_and_sent_as_they_are(sandbox: Sandbox, trading: Trading) -> None:
    notify_url = "http://127.0.0.1:1/notify?a=1&b=%20\"\\'$(x)"
    done = pay(sandbox, NOTIFY_URL=notify_url)
    trade_id = json.loads(done.stdout.splitlines()[0])["data"]["trade_id"]
    assert trading.payment(trade_id)["notify_url"] == notify_url


def test_a_refusal_is_reported(sandbox: Sandbox) -> None:
    done = pay(sandbox, YABANDPAY_SECRET_KEY="another key")
    assert (done.returncode, done.stderr) == (1, "Not done: The signature Error\n")


def test_an_answer_that_is_lost_is_reported(sandbox: Sandbox, trading: Trading) -> None:
    trading.expect("answer-lost")
    done = pay(sandbox)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "Empty reply from server" in done.stderr
