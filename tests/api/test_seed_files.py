"""Accounts from a file: there from the start, with payments in given states; mistakes are reported with their line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.api.seed_files import SeedFileError
from mockserver.client import YabandPay
from mockserver.settings import Settings
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account

GOOD = (
    (Path(__file__).parents[2] / "docs" / "accounts.md")
    .read_text(encoding="utf-8")
    .split("```yaml\n")[1]
    .split("```")[0]
)


def seeded(tmp_path: Path, text: str, **changes: object) -> Settings:
    file = tmp_path / "accounts.yaml"
    file.write_text(text, encoding="utf-8")
    return replace(Settings(port=0, accounts=file), **changes)  # type: ignore[arg-type]


def test_the_documented_file_is_seeded(tmp_path: Path) -> None:
    with Sandbox(seeded(tmp_path, GOOD)) as sandbox:
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
    settings = seeded(tmp_path, GOOD, database=f"sqlite:///{tmp_path / 'sandbox.db'}")
    for _ in range(2):
        with Sandbox(settings) as sandbox:
            assert YabandPay("shop", "shop-secret-key", sandbox.url).list_orders().total == 3


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("role: cashier", "role: boss", "14: accounts[1].role: expected one of super admin, cashier, not 'boss'"),
        ("state: declined", "state: paied", "10: accounts[0].payments[1].state: expected one of paid, authorized, pending,"),
        ('amount: "24.99"', "amont: 1", "7: accounts[0].payments[0].amont: no such field; expected order_id, amount, currency,"),
        ("  - user: shop", "  - usr: shop", "2: accounts[0].usr: no such field; expected user, secret_key,"),
        ("secret_key: till-secret-key", "name: x", "12: accounts[1].secret_key: this field is required"),
        ('amount: "24.99"', 'amount: "x"', "7: accounts[0].payments[0].amount: expected a decimal number with"),
        ("state: declined", "state: paied", "not 'paied'; did you mean 'paid'?"),
        ("accounts:", "accounts: [", "invalid YAML"),
        ("accounts:", "acounts:", "1: accounts: this field is required"),
        ("accounts:", "accounts: []\nx:", "2: x: no such field; expected accounts"),
        ("  - user: shop", "  - user: a/b", "2: accounts[0].user: expected a UID or an e-mail address without spaces and"),
        ("  - user: till", "  - user: shop", "12: accounts[1].user: shop appears twice; remove one of them"),
        ("  - user: shop", f"  - user: {'x' * 201}", "2: accounts[0].user: expected a text of at most 200 characters"),
        ("shop-secret-key", "x" * 201, "3: accounts[0].secret_key: expected a text of at most 200 characters"),
        ("shop-secret-key", "''", "3: accounts[0].secret_key: expected a text"),
        ("shop-secret-key", "null", "3: accounts[0].secret_key: expected a text"),
        ('seed: "7"', f"seed: {'x' * 201}", "5: accounts[0].seed: expected a text of at most 200 characters"),
        ('"100.00"', "9" * 5000, "4: accounts[0].opening_balance: expected a text of at most 1000"),
        ('"100.00"', "-5", "4: accounts[0].opening_balance: expected a decimal number"),
        ("state: processing", "currency: EURO", "11: accounts[0].payments[2].currency: expected one of CHF, CNY,"),
        ("state: processing", "notify_url: 'http://['", "11: accounts[0].payments[2].notify_url: expected an address such as"),
        ("state: processing", "trade_id: a/b", "11: accounts[0].payments[2].trade_id: expected a text without spaces"),
        ("state: processing", "trade_id: 11111111-1111-1111-1111-111111111111", "11: accounts[0].payments[2].trade_id: 1111"),
        ("role: cashier", "scenario: declind", "14: accounts[1].scenario: expected one of"),
        ("kind: frozen", "kind: frosen", "15: accounts[1].clock.kind: expected one of real, frozen, stepped, scaled, not 'frosen'; did"),
        ("kind: frozen", "kind: scaled, rate: 1e-310", "15: accounts[1].clock.rate: expected a rate from 0.000001 to 1,000,000"),
        ("kind: frozen", "kind: scaled, rate: soon", "15: accounts[1].clock.rate: expected a number such as 60, not 'soon'"),
        ("kind: frozen", "kind: stepped, step: 0ms", "15: accounts[1].clock.step: expected a step from 1ms to 3650d, not 0ms"),
        ("2024-11-27T03:00:00Z", "2024-99-99", "15: accounts[1].clock.at: expected an ISO 8601 instant such as"),
        ("2024-11-27T03:00:00Z", "9999-12-31", "15: accounts[1].clock.at: expected an instant from 1970-01-01 to 9000-01-01"),
        ("kind: frozen", "kind: frozen, step: 5s", "15: accounts[1].clock.step: only a stepped clock has it; expected kind: stepped, or"),
        ("kind: frozen", "kind: stepped, rate: 5", "15: accounts[1].clock.rate: only a scaled clock has it; expected kind: scaled, or"),
        ("  - user: till", '  - user: "016683"', "12: accounts[1].user: 016683 is the sandbox's own account; expected another, or"),
        ("state: processing", "sub_pay_method: Alipya", "11: accounts[0].payments[2].sub_pay_method: expected one of"),
        ("state: processing", "sub_pay_method: Alipya", "not 'Alipya'; did you mean 'Alipay'?"),
        ("accounts:", "- " * 100_000, "1: the file has more than 50 levels"),
        ("accounts:", "accounts: !!int x\ny:", "1: accounts: expected a list of accounts"),
        ("role: cashier", "name: 2024-99-99\n    role: boss", "15: accounts[1].role: expected one of"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, old: str, new: str, reported: str) -> None:
    assert old in GOOD
    settings = seeded(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SeedFileError) as caught:
        Sandbox(settings)
    assert str(caught.value).startswith(f"{settings.accounts}:")
    assert reported in str(caught.value), caught.value


def test_every_mistake_is_reported_at_once_and_nothing_is_made(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'sandbox.db'}"
    text = GOOD.replace("role: cashier", "role: boss").replace("state: declined", "state: paied")
    with pytest.raises(SeedFileError) as caught:
        Sandbox(seeded(tmp_path, text, database=database))
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "accounts[0].payments[1].state", "accounts[1].role",
    ]  # fmt: skip
    with Sandbox(Settings(port=0, database=database)) as sandbox:
        assert sandbox.app.merchants() == ["016683"]


def test_every_mistake_of_a_clock_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(SeedFileError) as caught:
        Sandbox(
            seeded(
                tmp_path,
                GOOD.replace('kind: frozen, at: "2024-11-27T03:00:00Z"', "kind: stepped, at: x, step: y, rate: 3"),
            )
        )
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "accounts[1].clock.at", "accounts[1].clock.step", "accounts[1].clock.rate",
    ]  # fmt: skip


def test_values_stand_without_quotes_and_empty_ones_are_none(tmp_path: Path) -> None:
    text = (
        "accounts: [{user: 0123, secret_key: 7, name: '', seed: '', payments: [{order_id: 2024-01-01, amount: 24.90}]}]"
    )
    with Sandbox(seeded(tmp_path, text)) as sandbox:
        order = YabandPay("0123", "7", sandbox.url).list_orders().orders[0]
        assert (order.order_id, order.amount) == ("2024-01-01", "24.90")


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
def test_a_mistake_is_reported_without_a_secret_key(tmp_path: Path, old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(SeedFileError) as caught:
        Sandbox(seeded(tmp_path, GOOD.replace(old, new, 1)))
    assert "secret-key" not in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_missing_file_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--accounts", str(tmp_path / "none.yaml")]
    stopped = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert stopped.returncode != 0
    assert "none.yaml:1: the file cannot be read: No such file" in stopped.stderr
    assert "Traceback" not in stopped.stderr
