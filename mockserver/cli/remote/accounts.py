"""The commands accounts, reset and open, and scenarios use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import click

from mockserver.api.accounts import AccountChanges, Reset
from mockserver.api.records import AccountRecord
from mockserver.api.tools import QueueEntry
from mockserver.cli.lines import DIM, columns_of, date_and_time, fitted, instant_in, printable
from mockserver.cli.remote.completing import complete_orders, complete_scenarios
from mockserver.cli.remote.connection import no, remote_command
from mockserver.cli.remote.lookup import find_order, find_scenario

if TYPE_CHECKING:
    from mockserver.cli.remote.connection import Remote

_PARTS = ("journal", "scenarios", "clock")
_PAGES = ("orders", "requests", "notifications", "scenarios")
_WIDEST = 24


@remote_command()
def accounts(remote: Remote) -> None:
    """List the accounts of the sandbox."""
    listed = remote.api.call("GET", "/accounts", list[AccountRecord])
    rows = [
        ("user", "scenario", "clock", "time", "name"),
        *((one.user, one.scenario or "default", one.clock.kind, date_and_time(instant_in(one.clock.now)),
           printable(one.name)) for one in listed),
    ]  # fmt: skip
    widths = [min(_WIDEST, max(columns_of(row[place]) for row in rows)) for place in range(len(rows[0]))]
    lines = ["  ".join(map(fitted, row, widths)).rstrip() for row in rows]
    remote.show(listed, remote.paint(lines[0], DIM), *lines[1:])


@remote_command(
    click.argument("part", nargs=-1, type=click.Choice(_PARTS)),
)
def reset(remote: Remote, part: tuple[str, ...]) -> None:
    """Empty an account.

    Its orders, requests and notifications are deleted, queued and selected scenarios are forgotten, and its clock is
    real again. With one or more PARTs, only these are reset. The account keeps its key.
    """
    parts = cast("list[Literal['all', 'journal', 'scenarios', 'clock']]", list(part) or ["all"])
    record = remote.post("/reset", AccountRecord, Reset(parts))
    what = " and ".join(part) if part else "everything"
    remote.show(record, f"Reset {what} of account {record.user}.")


@remote_command(
    click.argument("page", required=False, metavar="[ORDER|PAGE]", shell_complete=complete_orders),
    click.option("--print", "only_print", is_flag=True, help="Only print the address."),
    name="open",
)
def open_(remote: Remote, page: str | None, *, only_print: bool) -> None:
    """Open a page of the dashboard in a browser.

    ORDER opens the page of an order. PAGE is orders, requests, notifications or scenarios. By default, the dashboard
    is opened.
    """
    if page is None:
        remote.api.call("GET", "/settings", dict[str, str])
        address = f"{remote.url}/_sandbox/"
    elif page in _PAGES:
        address = remote.page(page)
    else:
        address = remote.page("orders", find_order(remote, page).trade_id)
    remote.show({"url": address}, address)
    if not only_print and not remote.as_json and click.launch(address) != 0:
        no("No browser could be started. Open the address above yourself.")


@remote_command(
    click.argument("name", shell_complete=complete_scenarios),
    click.option("--times", type=click.IntRange(1), metavar="COUNT",
                 help="Only for the next COUNT requests that match. Default: for all further requests."),
    click.option("--method", default="*", metavar="METHOD", help="Only for this method; * matches any text."),
    click.option("--order-id", "reference", default="*", metavar="PATTERN",
                 help="Only for this order_id; * matches any text."),
    name="use",
)  # fmt: skip
def use(remote: Remote, name: str, *, times: int | None, method: str, reference: str) -> None:
    """Select the scenario NAME for all further requests of an account, or for the next ones that match."""
    find_scenario(remote, name)
    if times is None and method == reference == "*":
        record = remote.api.call("PATCH", remote.path, AccountRecord, AccountChanges(scenario=name))
        remote.show(record, f"All requests of {record.user} now use {name}, unless they select another scenario.")
        return
    entry = QueueEntry(name, times or 1, method, reference)
    queue = remote.post("/scenarios", list[QueueEntry], entry)
    requests = "matching request uses" if entry.times == 1 else f"{entry.times} matching requests use"
    others = f" {len(queue)} scenarios are queued." if len(queue) > 1 else ""
    remote.show(queue, f"The next {requests} {name}.{others}")
