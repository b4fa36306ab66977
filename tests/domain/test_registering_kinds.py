"""The registry of kinds: what may be registered, when, and what happens to objects of other kinds."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mockserver.api.openapi import OPERATIONS
from mockserver.api.seed_files import _file_of as file_of_accounts
from mockserver.api.unpacking import _SERIES as SERIES
from mockserver.api.unpacking import Bundle
from mockserver.domain import kinds
from mockserver.domain.accounts import Account
from mockserver.domain.kinds import UnknownKindError, do_due_transitions, register
from mockserver.domain.refunds import REFUND, Refund
from mockserver.domain.timeline import NOTIFICATION, Task
from mockserver.scenarios.format import SCENARIO
from mockserver.store.memory import MemoryStore
from mockserver.store.records import RECORD_KINDS

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.notifications.notification import NotificationFaults
    from mockserver.domain.states import Plan


class Voucher(NamedTuple):
    voucher_id: str
    number: int
    created_at: int
    state: str
    plan: Plan
    notification_faults: NotificationFaults | None


class Unplanned(NamedTuple):
    voucher_id: str
    number: int
    created_at: int
    state: str
    notification_faults: NotificationFaults | None


_REFUND: Any = REFUND
VOUCHER = replace(
    _REFUND, name="voucher", record=Voucher, identifier="voucher_id", timeline="voucher_id", group="", part="voucher"
)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[Any, Any]]:
    """Copies of the tables, which no module has read yet."""
    copies = {name: dict(getattr(kinds, name)) for name in ("_by_name", "_by_part", "_by_record")}
    for name, table in copies.items():
        monkeypatch.setattr(kinds, name, table)
    monkeypatch.setattr(kinds, "_TABLES_OF_KINDS", ())
    return copies


def test_a_kind_is_found_by_its_name_its_part_and_its_record(registry: dict[str, dict[Any, Any]]) -> None:
    register(VOUCHER)
    assert registry["_by_name"]["voucher"] is registry["_by_part"]["voucher"] is registry["_by_record"][Voucher]


def test_a_kind_without_a_part_adds_no_steps_to_scenario_files(registry: dict[str, dict[Any, Any]]) -> None:
    parts = set(registry["_by_part"])
    register(replace(VOUCHER, part=""))
    assert set(registry["_by_part"]) == parts
    register(replace(VOUCHER, name="coupon", part="", record=type("Coupon", (Voucher,), {})))
    assert set(registry["_by_part"]) == parts


@pytest.mark.parametrize("taken", [{"name": "payment"}, {"part": "then"}, {"record": Refund}, {}])
def test_no_kind_takes_the_place_of_another(registry: dict[str, dict[Any, Any]], taken: dict[str, Any]) -> None:
    if not taken:
        register(VOUCHER)
    before = {name: dict(table) for name, table in registry.items()}
    with pytest.raises(ValueError, match="belongs to a kind that is registered"):
        register(replace(VOUCHER, **taken))
    assert registry == before


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": "notification"}, "notification"), ({"name": "exchange"}, "exchanges"), ({"name": "clock"}, "clock"),
        ({"name": "movement"}, "movements"), ({"name": "timeline"}, "timelines"), ({"part": "notify"}, "notify"),
        ({"part": "name"}, "name"), ({"part": "trigger"}, "trigger"),
    ],
)  # fmt: skip
def test_a_kind_cannot_use_a_word_of_the_files(
    registry: dict[str, dict[Any, Any]], changes: dict[str, str], word: str
) -> None:
    before = {name: dict(table) for name, table in registry.items()}
    sentence = f"cannot use the word '{word}', which files or paths of the sandbox use. Choose another name"
    with pytest.raises(ValueError, match=sentence):
        register(replace(VOUCHER, **changes))
    assert registry == before


def test_every_word_of_the_files_and_paths_is_reserved(app: Application) -> None:
    of_kinds = {word for kind in kinds.KINDS.values() for word in (kind.name, kind.plural, kind.part)}
    listed: Any = file_of_accounts(app).members["accounts"].shape
    paths = {operation.path.split("/")[3] for operation in OPERATIONS if operation.path.startswith("/accounts/{user}/")}
    records = {kind.name for kind in RECORD_KINDS.values()}
    bundles = {*Bundle.__struct_fields__, *records, *SERIES, NOTIFICATION}
    assert {
        *SCENARIO.members,
        "accounts",
        *listed.shape.members,
        *bundles,
        *paths,
    } - of_kinds == kinds.RESERVED - of_kinds


@pytest.mark.parametrize(
    ("wrong", "lacks"),
    [({"identifier": "coupon_id"}, "coupon_id"), ({"timeline": "trade"}, "trade"), ({"group": "order_id"}, "order_id"),
     ({"record": Unplanned}, "plan")],
)  # fmt: skip
def test_a_record_has_what_its_kind_names(
    registry: dict[str, dict[Any, Any]], wrong: dict[str, str], lacks: str
) -> None:
    with pytest.raises(ValueError, match=f"The record of the kind 'voucher' has no field '{lacks}'"):
        register(replace(VOUCHER, **wrong))
    assert "voucher" not in registry["_by_name"]


@pytest.mark.parametrize(
    "reader", ["mockserver.store.records", "mockserver.scenarios.loader", "mockserver.site.factory"]
)
def test_a_kind_comes_too_late_after_each_module_with_a_table_of_kinds(reader: str) -> None:
    code = f"import {reader}\nfrom mockserver.domain.kinds import KINDS, register\nregister(KINDS['refund'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "RuntimeError: Register the kind 'refund' before mockserver.app" in done.stderr


def test_due_work_of_an_unknown_kind_names_the_kind_and_the_cure() -> None:
    store = MemoryStore(10)
    account = store.open_account(Account("1", "key", "seed"))
    with store.unit("1") as unit:
        unit.schedule(Task(1, "voucher", "V-1"))
    with store.unit("1") as unit, pytest.raises(UnknownKindError, match=r"'voucher', which is not registered\. Import"):
        do_due_transitions(unit, account, 2)
    store.close()
