"""How many units of work a payment's whole life opens, as each takes the account's lock or a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from mockserver.store.sql.store import SqlStore
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("database", "ways"),
    [("", ["unit", "perform"]), ("sqlite:///life.db", ["perform_soon"])],
    ids=["memory", "sqlite"],
)
def test_a_payment_opens_three_units(
    database: str, ways: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for the request, one in which it is paid and its delivery is claimed, one for the merchant's response."""
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    kind: Any = SqlStore if database else MemoryStore

    def counted(way: str) -> Callable[..., object]:
        begin: Callable[..., object] = getattr(kind, way)

        def count(store: object, user: str, *work: object, **how: object) -> object:
            opened.append(user)
            return begin(store, user, *work, **how)

        return count

    settings = Settings(port=0, log="none", database=database, pay_delay=200)
    with Sandbox(settings) as sandbox, sandbox.account() as account:
        account.wait_until_quiet()
        for way in ways:
            monkeypatch.setattr(kind, way, counted(way))
        account.client.create_alipay_mini_payment(
            order_id="LIFE-1", amount="1.00", currency="EUR", description="tea", notify_url=account.merchant.url
        )
        account.wait_for("paid", order_id="LIFE-1")
        account.wait_until_quiet()
        assert opened == [account.user] * 3
        assert [one.state for one in account.merchant.notifications] == ["paid"]
