"""Accounts from a file: there from the start, with payments in given states; mistakes are told with their line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.client import YabandPay
from mockserver.planting import SeedFileError
from mockserver.settings import Settings
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from mockserver.store.contract import Account

GOOD = (
    (Path(__file__).parents[1] / "docs" / "accounts.md")
    .read_text(encoding="utf-8")
    .split("```yaml\n")[1]
    .split("```")[0]
)


def planted(tmp_path: Path, text: str, **changes: object) -> Settings:
    file = tmp_path / "accounts.yaml"
    file.write_text(text, encoding="utf-8")
    return replace(Settings(port=0, accounts=file), **changes)  # type: ignore[arg-type]


def test_the_documented_file_is_planted(tmp_path: Path) -> None:
    with Sandbox(planted(tmp_path, GOOD)) as sandbox:
        client = YabandPay("shop", "shop-secret-key", sandbox.url)
        states = [(order.order_id, order.state) for order in client.list_orders().orders]
        assert states == [("A-1", "paid"), ("A-2", "declined"), ("A-3", "processing")]
        assert client.query_order("11111111-1111-1111-1111-111111111111").amount == "24.99"
        assert client.balance().available == "124.89"
        assert (
            client.create_refund(
                "11111111-1111-1111-1111-111111111111", amount="24.99", currency="EUR", description="x"
            ).state
            == "refund processing"
        )
        till: Account | None = sandbox.app.store.account("till")
        assert till is not None
        assert (till.role, till.clock.kind) == ("cashier", "frozen")


def test_what_a_database_holds_already_is_left_as_it_is(tmp_path: Path) -> None:
    settings = planted(tmp_path, GOOD, database=f"sqlite:///{tmp_path / 'sandbox.db'}")
    for _ in range(2):
        with Sandbox(settings) as sandbox:
            assert YabandPay("shop", "shop-secret-key", sandbox.url).list_orders().total == 3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("role: cashier", "role: boss", "14: accounts[1].role: Invalid enum value 'boss'"),
        ("state: declined", "state: paied", "10: accounts[0].payments[1].state: Invalid enum value 'paied'"),
        ('amount: "24.99"', "amont: 1", "accounts[0].payments[0]: Object"),
        ("  - user: shop", "  - usr: shop", "2: accounts[0]: Object contains unknown field `usr`"),
        ("secret_key: till-secret-key", "name: x", "12: accounts[1]: An account needs a user and a secret_key."),
        ('amount: "24.99"', 'amount: "x"', "2: accounts[0]: Order A-1: amount must be a decimal number"),
        ("accounts:", "accounts: [", "this is no YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    settings = planted(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SeedFileError) as caught:
        Sandbox(settings)
    assert str(caught.value).startswith(f"{settings.accounts}:")
    assert told in str(caught.value), caught.value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("secret_key: shop-secret-key", "secret_key: *sesame-open"),
        ("secret_key: shop-secret-key", "secret_key: !sesame-open x"),
        ("secret_key: shop-secret-key", "secret_key: 'sesame-open"),
        ("secret_key: shop-secret-key", "secret_key: [sesame-open]"),
        ("secret_key: shop-secret-key", "secret_key: {sesame-open: 1}"),
        ('opening_balance: "100.00"', "opening_balance: shop-secret-key"),
        ("role: cashier", "role: till-secret-key"),
        ("    secret_key: till-secret-key\n", "    till-secret-key: secret_key\n    secret_key: till-secret-key\n"),
        ("role: cashier", "scenario: till-secret-key"),
        ("state: declined", "currency: shop-secret-key"),
    ],
)
def test_a_mistake_is_told_without_a_secret_key(tmp_path: Path, old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(SeedFileError) as caught:
        Sandbox(planted(tmp_path, GOOD.replace(old, new, 1)))
    assert "secret-key" not in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_missing_file_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--accounts", str(tmp_path / "none.yaml")]
    stopped = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert stopped.returncode != 0
    assert "none.yaml: the file cannot be read" in stopped.stderr
    assert "Traceback" not in stopped.stderr
