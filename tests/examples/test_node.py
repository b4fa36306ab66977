"""The Node programs: paying, asking, and being notified."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.examples.running import EXAMPLES, environment, serving
from tests.examples.selling import Trading, forgeries
from tests.machine import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox

_OLDEST = 18


def _has_node() -> bool:
    if shutil.which("node") is None:
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").split(".")[0]) >= _OLDEST


pytestmark = pytest.mark.skipif(not _has_node(), reason=f"needs Node {_OLDEST} or newer")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def trading(sandbox: Sandbox, port: int) -> Trading:
    return Trading(sandbox, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def printed(port: int, folder: Path) -> Iterator[Path]:
    """What notify.mjs prints."""
    command = ["node", str(EXAMPLES / "node" / "notify.mjs")]
    with serving(command, port, folder, {"PORT": str(port)}) as output:
        yield output


def pay(sandbox: Sandbox, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ["node", str(EXAMPLES / "node" / "pay.mjs"), *arguments]
    given = environment(YABANDPAY_URL=sandbox.url, **variables)
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False)


def first_answer(printed: str) -> dict[str, str]:
    """The data of the first answer that pay.mjs has printed."""
    data: dict[str, str] = json.JSONDecoder().raw_decode(printed)[0]["data"]
    return data


def test_a_payment_is_created_and_asked_for(sandbox: Sandbox, trading: Trading) -> None:
    done = pay(sandbox)
    assert done.returncode == 0, done.stderr
    created = first_answer(done.stdout)
    assert done.stderr == f"The payer pays at {created['url']}\nOrder {created['order_id']} is processing.\n"
    assert trading.payment(created["trade_id"])["description"] == "Dragon Well tea 龙井, 100 g"


def test_a_payment_that_was_created_before_is_asked_for(sandbox: Sandbox, trading: Trading) -> None:
    created = first_answer(pay(sandbox).stdout)
    trading.set_state(created["trade_id"], "paid")
    done = pay(sandbox, created["trade_id"])
    assert json.loads(done.stdout)["data"]["transaction_info"]["state"] == "paid"
    assert done.stderr == f"Order {created['order_id']} is paid.\n"


def test_a_refusal_is_reported(sandbox: Sandbox) -> None:
    done = pay(sandbox, YABANDPAY_SECRET_KEY="another key")
    assert (done.returncode, done.stderr) == (1, "Not done: The signature Error\n")


def test_an_answer_that_is_lost_is_reported(sandbox: Sandbox, trading: Trading) -> None:
    trading.expect("answer-lost")
    done = pay(sandbox)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Not done: ")


def test_a_notification_is_taken(sandbox: Sandbox, trading: Trading, printed: Path) -> None:
    trading.expect("success")
    created = first_answer(pay(sandbox, NOTIFY_URL=f"{trading.shop}/notify").stdout)
    assert trading.wait_until_notified(created["trade_id"], "paid") == ["ok"]
    assert f"Order {created['order_id']} is paid." in printed.read_text()


@pytest.mark.parametrize("kind", list(forgeries("", "")))
def test_a_forged_notification_is_answered_bad(trading: Trading, printed: Path, kind: str) -> None:
    before = orders_in(printed)
    answer = trading.notify(forgeries("forged", "trade")[kind])
    assert (answer.status_code, answer.text) == (400, "bad")
    assert orders_in(printed) == before


def orders_in(printed: Path) -> list[str]:
    """What was printed of orders; that notifications are taken is printed at some time too."""
    return [line for line in printed.read_text().splitlines() if line.startswith("Order ")]
