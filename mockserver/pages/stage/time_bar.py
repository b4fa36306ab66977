"""The time bar of the stage: a scale from now on, what falls due on it, and moving the account's clock."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.api.paths import number_in
from mockserver.domain.notifications.notification import next_attempt
from mockserver.domain.payments.payment import EXPIRING, PAYMENT_STATES, Payment
from mockserver.domain.payouts import PAYOUT, Payout
from mockserver.domain.refunds import REFUND, Refund
from mockserver.durations import absolute_text, parse_duration
from mockserver.pages.actions import run_operation
from mockserver.pages.rendering import translated
from mockserver.pages.stage.lanes import duration_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView

    _Coming = tuple[int, str, str]

STOPS = ("0s", "15s", "30s", "1m", "2m", "5m", "10m", "15m", "30m", "1h", "2h", "6h", "12h", "1d", "2d", "7d", "30d")
"""The stops of the time bar: a scale on which seconds and days are both visible."""

BUTTONS = ("1m", "15m", "1h", "1d")
_MILLISECONDS = tuple(map(parse_duration, STOPS))
_MOST = 12


class Due(NamedTuple):
    """What falls due: the instant, what happens, its class, and the place on the bar, as a percentage."""

    at: int
    what: str
    kind: str
    left: str
    place: str


class TimeBar(NamedTuple):
    """The stops of the bar with their places, what falls due, and how the clock runs.

    The clock `stands` still if it is stepped too, not only if it is frozen. The order `waits` for a query or a signal.
    `next_at` is the next instant at which something is due, for this order or else in this account.
    """

    stops: list[tuple[str, str]]
    due: list[Due]
    stands: bool
    is_frozen: bool
    now: int
    clock: str
    waits: bool
    next_at: int | None


def time_bar(app: Application, account: Account, trade_id: str) -> TimeBar:
    """The time bar for an order, by the account's clock; without an order nothing is due on it."""
    clock = app.clocks.of(account.user)
    now, setting = clock.now(), clock.setting
    with app.store.read(account.user) as view:
        coming = sorted(_coming(view, trade_id, app.settings.retry_plan, now)) if trade_id else []
        payment = view.get(Payment, trade_id) if trade_id else None
    due = [Due(at, what, kind, duration_in_words(max(0, at - now)), _place(at - now)) for at, what, kind in coming]
    stops = [(f"{100 * place / (len(STOPS) - 1):.2f}%", duration_in_words(length) if length else translated("now"))
             for place, length in enumerate(_MILLISECONDS)]  # fmt: skip
    planned = () if payment is None else PAYMENT_STATES.next_planned(payment.state, payment.plan)
    waits = bool(planned) and planned[0].waits
    next_at = due[0].at if due else app.store.next_due(account.user)
    return TimeBar(
        stops, due[:_MOST], setting.rate == 0, setting.kind == "frozen", now, absolute_text(now), waits, next_at
    )


def _coming(view: AccountView, trade_id: str, retry_plan: Sequence[int], now: int) -> Iterator[_Coming]:
    """What falls due for an order: instants, what happens, and its class."""
    payment = view.get(Payment, trade_id)
    if payment is not None:
        planned = PAYMENT_STATES.next_planned(payment.state, payment.plan)
        for step in planned:
            if step.at is not None:
                what = translated("late money: {state}", state=step.state) if step.forced else step.state
                yield step.at, what, "late" if step.forced else "step"
        ends = [step.at for step in planned if step.at is not None and step.state not in EXPIRING]
        if payment.state in EXPIRING and min(ends, default=payment.expires_at) >= payment.expires_at:
            yield payment.expires_at, translated("the order expires"), "expiry"
    payout = view.get(Payout, trade_id)
    steps = [(REFUND.name, REFUND.next_transition(refund)) for refund in view.group(Refund, trade_id)]
    steps += [(PAYOUT.name, PAYOUT.next_transition(payout))] if payout is not None else []
    for name, coming in steps:
        if coming is not None and coming.at is not None:
            yield coming.at, f"{translated(name)}: {coming.state}", "step"
    for notification in view.notifications(trade_id):
        if notification.state == "pending":
            yield from _tries(view, notification.number, notification.created_at, retry_plan, now)


def _tries(view: AccountView, number: int, created_at: int, retry_plan: Sequence[int], now: int) -> Iterator[_Coming]:
    attempts = view.attempts(number)
    if not attempts:
        yield max(now, created_at), translated("notification"), "retry"
        return
    at = next_attempt(attempts, retry_plan, now)
    if at is not None:
        yield at, translated("attempt {number}", number=len(attempts) + 1), "retry"
    for later in range(len(attempts), len(retry_plan)):
        if (at := attempts[0].at + retry_plan[later]) > now:
            yield at, translated("attempt {number}", number=later + 2), "retry"


def _place(left: int) -> str:
    """The place of an instant on the bar, on whose scale each two stops have the same distance."""
    at = min(max(0, left), _MILLISECONDS[-1])
    before = min(bisect_right(_MILLISECONDS, at) - 1, len(STOPS) - 2)
    begin, end = _MILLISECONDS[before], _MILLISECONDS[before + 1]
    return f"{100 * (before + (at - begin) / (end - begin)) / (len(STOPS) - 1):.2f}%"


def move_clock(app: Application, user: str, form: Any) -> None:  # noqa: ANN401 - a mapping of texts
    """Move an account's clock by a stop, a duration or to an instant, or let it run again.

    A moved clock stands still, so that one can look.

    Raises:
        ApiError: it cannot be moved like that, or somebody else moves it.
    """
    path = {"user": user}
    if "run" in form:
        run_operation(app, "PUT /accounts/{user}/clock", path, {"kind": "real"})
        return
    if app.clocks.of(user).setting.rate:
        run_operation(app, "PUT /accounts/{user}/clock", path, {"kind": "frozen"})
    if "freeze" in form:
        return
    target = {"to": form["to"]} if form.get("to") else {"by": _stop(form.get("stop", "")) or form.get("by", "")}
    run_operation(app, "POST /accounts/{user}/clock/advance", path, target)


def _stop(text: str) -> str:
    """The duration of a stop of the bar; empty for anything else."""
    place = number_in(text)
    return STOPS[place] if place is not None and place < len(STOPS) else ""
