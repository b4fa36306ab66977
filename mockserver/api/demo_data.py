"""Fills an account with demo data: orders of its last days, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from mockserver.api.assistance import Tool
from mockserver.api.operations import ApiError, Label, Operation, Visit

if TYPE_CHECKING:
    from mockserver.app import Application

MOST_ORDERS = 100_000
_MOST_DAYS = 90


class DemoData(msgspec.Struct, forbid_unknown_fields=True):
    """How many orders to add, and over how many days before the account's present time.

    The same `seed`, by default that of the account, gives the same orders. Further demo data of an account has order
    ids of its own.
    """

    orders: Annotated[int, msgspec.Meta(ge=1, le=MOST_ORDERS)] = 500
    days: Annotated[int, msgspec.Meta(ge=1, le=_MOST_DAYS)] = 7
    seed: Label = ""


class DemoDataRecord(msgspec.Struct):
    """What was added: the numbers of orders, of refunds and of refused requests."""

    orders: int
    refunds: int
    refused_requests: int


def _fill(visit: Visit) -> DemoDataRecord:
    from mockserver.demo.player import AccountChangedError, Trade, fill_account  # noqa: PLC0415 - brings Faker

    wanted: DemoData = visit.body
    user = visit.account.user
    try:
        filled = fill_account(visit.app, user, Trade(wanted.orders, wanted.days, wanted.seed))
    except (KeyError, AccountChangedError):
        detail = f"The account {user} was emptied or deleted while it was filled with demo data. Fill it again."
        raise ApiError(409, "Account changed", detail) from None
    return DemoDataRecord(*filled)


def fill_default_account(app: Application) -> None:
    """Fill the default account with the demo data of the settings, unless it or another process has done so before."""
    from mockserver.demo.player import Trade, fill_account  # noqa: PLC0415 - as above

    fill_account(app, app.settings.user, Trade(app.settings.demo_data), once=True)


OPERATIONS = (
    Operation("POST", "/accounts/{user}/demo-data", "Add demo data: orders of the last days, with refunds, failures,"
              " refused requests and notifications. Nothing is sent.", _fill, DemoDataRecord, DemoData, status=201,
              tool=Tool("add_demo_data")),
)  # fmt: skip
