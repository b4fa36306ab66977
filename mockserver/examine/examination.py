"""Runs an examination: prepares the account, carries the checks out side by side, and keeps the report up to date."""

from __future__ import annotations

import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import TYPE_CHECKING, NamedTuple

from mockserver.clock import stopwatch
from mockserver.examine.checks import ANSWERS, CHECKS
from mockserver.examine.grading import grade_all
from mockserver.examine.report import CheckResult, Report, count_verdicts
from mockserver.examine.sandbox import ExaminationStoppedError, SandboxAccount, SandboxRefusedError
from mockserver.examine.shop import Shop, ShopError
from mockserver.examine.steps import HELD_ANSWER
from mockserver.examine.trial import Pace, Pacing, Route, Surroundings, Trial, TrialRecord
from mockserver.system.stopping import wait_for_all
from mockserver.texts import did_you_mean, message, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mockserver.examine.sandbox import Calls, Order
    from mockserver.examine.steps import Check

    Listener = Callable[[Report], None]

MOST_PARALLEL = 32
_A_WORD = re.compile(r"[\w -]{1,40}")
_MOST_WITH_QUEUE = 4
_QUICK_ANSWER = 3.0
_LONGEST_CREATION = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.25
_NO_STATE_READ = message(
    "The shop's state was not read, so only its answers are graded. Whether it shipped for a forgery that it refused, "
    "or shipped twice, is open. Add --state."
)
_NO_COUNT_READ = message(
    "The shop's state has no number of shipments, so shipping twice is not seen. Answer with a field such as shipments."
)


class Plan(NamedTuple):
    """How to examine: which checks, how many side by side, and how patiently."""

    checks: tuple[Check, ...] = CHECKS
    parallel: int = 8
    pace: Pace = Pace()


def chosen_checks(names: Iterable[str]) -> tuple[Check, ...]:
    """The checks with these names, or of these groups, in the order of the report; all if there are no names.

    Raises:
        ValueError: there is no such check.
    """
    wanted = {name.casefold() for name in names}
    known = {check.name for check in CHECKS} | {check.group.casefold() for check in CHECKS}
    for name in sorted(wanted - known):
        meant = did_you_mean(name, sorted(known)) or f"; the checks are {', '.join(check.name for check in CHECKS)}."
        raise ValueError(f"there is no check {shown(name)}{meant}")
    return tuple(one for one in CHECKS if not wanted or wanted & {one.name, one.group.casefold()})


class Examination:
    """One examination of a shop, against one account of a sandbox."""

    def __init__(self, calls: Calls, user: str, shop: Shop, plan: Plan) -> None:
        self._stop = Event()
        self._account = SandboxAccount(calls, user, self._stop)
        self._shop, self._plan, self._user = shop, plan, user
        self._around = Surroundings(self._account, calls, shop, Pacing(plan.pace), Route())
        self._creating, self._noting = Lock(), Lock()
        self._observations: dict[str, TrialRecord] = {}
        self._began, self._started_at = stopwatch(), ""

    def stop(self) -> None:
        """End the examination soon; its report then has what was seen so far."""
        self._stop.set()

    def run(self, listener: Listener | None = None) -> Report:
        """Carry out all checks; `listener` gets the report after each of them.

        Raises:
            ShopError: the shop cannot be examined at all.
            SandboxRefusedError: the sandbox has no such account, or refuses what the examination needs.
        """
        listener = listener or (lambda _report: None)
        self._began = stopwatch()
        self._started_at = self._account.now()
        self._account.prepare()
        try:
            self._carry_out_all([check for check in self._plan.checks if check not in ANSWERS], listener)
        except ExaminationStoppedError:
            pass
        finally:
            self._account.restore()
        return self.report("stopped" if self._stop.is_set() else "ended")

    def _carry_out_all(self, checks: Sequence[Check], listener: Listener) -> None:
        if not checks:
            return
        first = checks[0]
        self._carry_out(first, listener)
        self._check_understood()
        # A shop with one process answers nothing while the gateway holds its answer back: no other check may run then.
        alone = [check for check in checks[1:] if check.scenario == HELD_ANSWER]
        others = [check for check in checks[1:] if check not in alone]
        for check in alone:
            self._carry_out(check, listener)
        self._around.pacing.share(self._parallel)
        with ThreadPoolExecutor(self._parallel, "examine") as pool:
            futures = [pool.submit(self._carry_out, check, listener) for check in others]
            wait_for_all(futures)
        stopped = [error for future in futures if (error := future.exception()) is not None]
        if stopped:
            raise stopped[0]

    @property
    def _parallel(self) -> int:
        """How many checks run side by side: fewer if the shop works from a queue, which they would fill.

        If the shop does one thing after the other, each answer still comes in time.
        """
        pacing, wanted = self._around.pacing, self._plan.parallel
        in_time = max(1, int(_QUICK_ANSWER / max(pacing.longest_call, 0.001)))
        return min(wanted, in_time, _MOST_WITH_QUEUE if pacing.is_slow else wanted)

    def _carry_out(self, check: Check, listener: Listener) -> None:
        if self._stop.is_set():
            raise ExaminationStoppedError
        try:
            order, since = self._create(check)
        except (ShopError, SandboxRefusedError) as error:
            if self._stop.is_set():
                raise ExaminationStoppedError from None
            if not self._observations:
                raise
            seen = TrialRecord(check, problem=str(error))
        else:
            seen = Trial(check, order, since, self._around).run(looks_before=not self._observations)
            self._account.leave(order)
            if seen.problem and self._stop.is_set():
                raise ExaminationStoppedError
        with self._noting:
            self._observations[check.name] = seen
            listener(self.report("running"))

    def _create(self, check: Check) -> tuple[Order, int]:
        """Make the shop create an order, alone, so that it is known which one is its."""
        with self._creating:
            since = self._account.last_request()
            if check.scenario:
                self._account.queue(check.scenario)
            said, problem, order = "", "", None
            try:
                said = str(self._shop.create())
                order = self._await_order(since, said)
            except ShopError as error:
                problem = str(error)
                order = self._account.order_since(since, said)
            finally:
                if check.scenario:
                    self._account.clear_queue()
            if order is None:
                raise ShopError(self._why_no_order(since, problem))
            if problem and not check.scenario:
                raise ShopError(problem)
            return order, since

    def _await_order(self, since: int, said: str) -> Order | None:
        """The order that the shop has created; waits for a shop that creates it after its own answer."""
        began, pause = stopwatch(), _FIRST_PAUSE
        while (order := self._account.order_since(since, said)) is None and not self._account.refusal_since(since):
            if stopwatch() - began > min(_LONGEST_CREATION, self._plan.pace.patience):
                break
            self._account.pause(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
        return order

    def _why_no_order(self, since: int, problem: str) -> str:
        refusal = self._account.refusal_since(since)
        reason = f"{problem.rstrip('.')}. " if problem else ""
        if refusal:
            return f"{reason}The shop created no order: the sandbox refused its request with {refusal.rstrip('.')}."
        if self._account.last_request() > since and not self._account.requests_since(since):
            return "The sandbox keeps no requests, so it cannot know the shop's orders. Raise --journal-size to 1000."
        if problem:
            return f"{reason}No request of account {self._user} reached this sandbox."
        return (
            f"The shop created no order: no request of account {self._user} reached this sandbox. "
            "Point the shop at it, and let it sign as this account."
        )

    def _check_understood(self) -> None:
        """See that the first order's state can be read.

        Raises:
            ShopError: it cannot, or nobody has said what its word means.
        """
        seen = next(iter(self._observations.values()))
        if seen.problem:
            raise ShopError(seen.problem)
        unknown = next((look.state for look in seen.looks if look.state is not None and look.state.kind is None), None)
        if unknown is not None:
            problem = f"The shop's state is {shown(unknown.word)}, which is unknown here. "
            if not _A_WORD.fullmatch(unknown.word):
                raise ShopError(f'{problem}Let it answer with a word such as paid, or {{"state": "paid"}}.')
            raise ShopError(
                f"{problem}Say what it means with --paid, --open, --refunded, --closed or --held, such as "
                f"--paid {shlex.quote(unknown.word)}."
            )
        last = seen.looks[-1].state if seen.looks else None
        if last is not None and seen.before is not None and last.kind == seen.before.kind == "unknown":
            order = shown(seen.order.order_id) if seen.order else ""
            raise ShopError(
                f"The shop answers that it has no order {order}, neither before nor after its payment. "
                "Check that --state finds the orders that --create makes."
            )
        if last is not None and seen.before is not None and last.kind == "open" and last.word != seen.before.word:
            raise ShopError(
                f"After a successful payment, the shop's state changed from {shown(seen.before.word)} to "
                f"{shown(last.word)}. "
                f"If that means paid, add --paid {shlex.quote(last.word)}."
            )
        self._around.pacing.has_failed_first = any(not look.is_right for look in seen.looks)

    def report(self, state: str, problem: str = "") -> Report:
        """The report of what has been seen so far."""
        checks = [check for check in self._plan.checks if state == "ended" or check not in ANSWERS]
        grades = grade_all(checks, self._observations)
        results = [
            CheckResult.of(check, grades[check.name], self._observations.get(check.name))
            for check in checks
            if check.name in grades
        ]
        looks = [look for one in self._observations.values() for look in one.looks]
        sees_count = any(look.state is not None and look.state.effects is not None for look in looks)
        sees_state = self._shop.read_state is not None
        unseen = [_NO_STATE_READ] if not sees_state else [_NO_COUNT_READ] if looks and not sees_count else []
        total = len([check for check in self._plan.checks if check not in ANSWERS])
        return Report(
            state, self._user, self._started_at, stopwatch() - self._began, len(self._observations), total,
            count_verdicts(results), results, unseen, problem,
        )  # fmt: skip
