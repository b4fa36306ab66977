"""The commands clock and wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mockserver.api.accounts import AdvanceRecord, ClockTarget, NewClock
from mockserver.api.journal import Requests
from mockserver.api.records import ClockRecord
from mockserver.api.waiting import InState, Met, Quiet, Wait
from mockserver.cli.entries import colour_of
from mockserver.cli.lines import date_and_time, instant_in, printable
from mockserver.cli.remote.completing import complete_orders
from mockserver.cli.remote.connection import remote_command
from mockserver.cli.remote.following import Follower, entry_of
from mockserver.cli.remote.lookup import order_of
from mockserver.domain.payments.payment import PAYMENT_STATES

if TYPE_CHECKING:
    from mockserver.cli.remote.connection import Remote


class _ClockGroup(click.Group):
    """A group that shows the clock if no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing:  # a shell completes the line
            return super().parse_args(ctx, args)
        is_for_group = bool(args) and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_for_group else ["show", *args])


@click.group(cls=_ClockGroup)
def clock() -> None:
    """Show the clock of an account, advance it, or stop it."""


def _print_clock(remote: Remote, record: ClockRecord) -> None:
    rate = {"scaled": f", {record.rate:g} times as fast", "stepped": f", {record.step_ms} ms at each request"}
    remote.show(record, f"{date_and_time(instant_in(record.now))}  {record.kind}{rate.get(record.kind, '')}")


@remote_command(name="show")
def show_clock(remote: Remote) -> None:
    """Show the time of the account, and how its clock runs."""
    _print_clock(remote, remote.get("/clock", ClockRecord))


@remote_command(
    click.argument("instant", required=False),
    click.option("--real", is_flag=True, help="Run at the speed of the machine's clock."),
    click.option("--rate", type=float, metavar="RATE", help="Run at this multiple of the real speed, such as 60."),
    click.option("--step", metavar="TIME", help="Stand still, and go on by this time at each request, such as 10s."),
    name="set",
)
def set_clock(remote: Remote, instant: str | None, *, real: bool, rate: float | None, step: str | None) -> None:
    """Set the clock to INSTANT, such as 2027-01-31T12:00:00Z, or change how it runs.

    Everything that falls due up to INSTANT happens. A clock cannot go back; reset the account for that.
    """
    if sum((instant is not None, real, rate is not None, step is not None)) != 1:
        raise click.UsageError("Give either an INSTANT, or --real, or --rate, or --step.")
    if instant is not None:
        _advance(remote, ClockTarget(to=instant))
        return
    kind = (
        NewClock("real")
        if real
        else NewClock("scaled", rate=rate or 0)
        if step is None
        else NewClock("stepped", step=step)
    )
    _print_clock(remote, remote.api.call("PUT", f"{remote.path}/clock", ClockRecord, kind))


@remote_command(click.argument("time"))
def advance(remote: Remote, time: str) -> None:
    """Advance the clock by TIME, such as 90s or 24h, and print what happens meanwhile.

    Payers pay, orders expire, and notifications are sent and retried before the command ends.
    """
    _advance(remote, ClockTarget(by=time))


def _advance(remote: Remote, target: ClockTarget) -> None:
    follower = Follower(remote)
    advanced = remote.post("/clock/advance", AdvanceRecord, target)
    items = follower.news("10ms").items if advanced.events else []
    lines = [line for item in items for line in remote.entry(*entry_of(item, remote.url))]
    count = f"{advanced.events} event{'' if advanced.events == 1 else 's'}"
    remote.show(advanced, *lines, f"{date_and_time(instant_in(advanced.ended))}  {count}")


@remote_command(click.argument("instant", required=False))
def freeze(remote: Remote, instant: str | None) -> None:
    """Stop the clock, now or at a later INSTANT. Nothing falls due until it is advanced."""
    _print_clock(remote, remote.api.call("PUT", f"{remote.path}/clock", ClockRecord, NewClock("frozen", instant)))


for _command in (show_clock, set_clock, advance, freeze):
    clock.add_command(_command)


@remote_command(
    click.argument("order", required=False, shell_complete=complete_orders),
    click.argument("state", required=False, type=click.Choice(list(PAYMENT_STATES)), metavar="[STATE]"),
    click.option("--request", metavar="METHOD", help="Wait for requests of this method instead; * matches any text."),
    click.option("--code", metavar="CODE", help="With --request: the code of the answer, such as 200 or -403."),
    click.option("--count", type=click.IntRange(1), metavar="COUNT", help="With --request: how many. Default: 1."),
    click.option("--timeout", default="10s", show_default=True, metavar="TIME", help="How long to wait, at most 10m."),
)
def wait(  # noqa: PLR0913 - its flags
    remote: Remote, order: str | None, state: str | None, *, request: str | None, code: str | None,
    count: int | None, timeout: str,
) -> None:  # fmt: skip
    """Wait until an order is in a state.

    Without ORDER and STATE, wait until no notification is in delivery or waits for another try.

    ORDER is an order_id, also of an order that does not exist yet, or a trade_id. STATE is a state, such as
    paid, declined or expired. The exit status is 1 after the timeout.
    """
    if (order is None) != (state is None) or (order is not None and request is not None):
        raise click.UsageError("Give an ORDER and a STATE, or --request, or nothing.")
    if request is None and (code is not None or count is not None):
        raise click.UsageError("--code and --count need --request.")
    what: InState | Requests | Quiet = Quiet()
    if order is not None and state is not None:
        known = order_of(remote, order)
        is_trade = known is not None and known.order_id != order
        what = InState(state, order if is_trade else None, None if is_trade else order)
    elif request is not None:
        what = Requests(request, code, count=count or 1)
    met = remote.api.expect(f"{remote.path}/wait", Met, Wait(what, timeout))
    if met.payment is not None:
        now = met.payment
        remote.show(met, f"{printable(now.order_id)}  {remote.paint(now.state, colour_of(now.state))}")
    elif met.matched:
        remote.show(met, *(f"request {one.number}  {one.code}  {printable(one.method)}" for one in met.matched))
    else:
        remote.show(met, "No notification is in delivery or waits for another try.")
