"""A run: the load, the kills at random instants, and the audit of what is left."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, NamedTuple, get_args

from bench.durability.audit import audit
from bench.durability.evidence import AccountEvidence, collect, wait_until_settled
from bench.durability.load import Load, LoadClient, Shop
from bench.durability.log import Outcome, RequestLog, Sent
from bench.durability.notifications import repeated
from bench.durability.sandboxes import Interruption, Sandboxes
from bench.goals import table
from bench.merchant import Merchant
from mockserver.api.accounts import NewAccount
from mockserver.api.records import AccountRecord
from mockserver.testing.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.durability.case import Violation

_OPTIONS = ("--pay-delay", "50ms", "--notify-timeout", "500ms", "--retry-plan", "200ms,500ms,1s,2s,5s,10s,20s",
            "--journal-size", "1000000")  # fmt: skip
_OPENING_BALANCES = ("10000.00", "1000.00", "50.00")
_LONGEST_PAUSE = 0.02
_LONGEST_ABSENCE = 25


@dataclass(frozen=True)
class Plan:
    """What a run does. `requests` are those that are decided: answered, or refused for what they ask.

    `restart_database` stops the database server as a crash does, and starts it. `workers` above 1 are those of each
    sandbox. `timeout` is how long, in seconds, the last payments and notifications may take, and the time without any
    decided request.
    """

    database: str
    seed: str
    kills: int = 20
    requests: int = 10_000
    processes: int = 1
    workers: int = 1
    clients: int = 8
    accounts: int = 3
    timeout: float = 60
    restart_database: Callable[[], None] | None = None
    kills_sandboxes: bool = True


class Report(NamedTuple):
    """What a run has done, and what the audit says of it."""

    seed: str
    sent: list[Sent]
    interruptions: list[Interruption]
    evidence: list[AccountEvidence]
    violations: list[Violation]
    seconds: float

    def __str__(self) -> str:
        killed = [f"{one.victim}: away {one.ended - one.began:.2f} s" for one in self.interruptions]
        lines = [self._counts(), "", *killed]
        if self.violations:
            listed = [(one.rule, one.subject, one.sentence) for one in self.violations]
            lines += ["", table(("violation", "of", "what there is"), listed)]
        return "\n".join([*lines, "", f"{len(self.violations)} violations, seed {self.seed}"])

    def _counts(self) -> str:
        outcomes = Counter((sent.kind, sent.outcome) for sent in self.sent)
        kinds = dict.fromkeys(sent.kind for sent in self.sent)
        rows = [(kind, *(str(outcomes[kind, outcome]) for outcome in get_args(Outcome))) for kind in kinds]
        copies = [len(one.arrivals) - 1 for account in self.evidence for one in repeated(account)]
        found = {
            "kills": len(self.interruptions),
            "payments": sum(len(one.payments) for one in self.evidence),
            "refunds": sum(len(payment.refunds) for one in self.evidence for payment in one.payments),
            "payouts": sum(len(one.payouts) for one in self.evidence),
            "notifications at the merchant": sum(len(one.heard) for one in self.evidence),
            "of them repeated": sum(copies),
            "seconds": round(self.seconds),
        }
        counted = table(("found", "count"), [(name, str(count)) for name, count in found.items()])
        return "\n".join([table(("request", *get_args(Outcome)), rows), "", counted])


def run(plan: Plan, folder: Path) -> Report:
    """Put the load on, kill, and audit; the sandboxes write their errors into a folder.

    Raises:
        RuntimeError: a sandbox does not start or does not start again, or no request is decided any more.
    """
    began = time.monotonic()
    workers = ("--workers", str(plan.workers)) if plan.workers > 1 else ()
    options = ("--database", plan.database, *_OPTIONS, *workers)
    log = RequestLog(plan.requests, plan.timeout)
    with Merchant() as merchant, Sandboxes(plan.processes, options, folder) as sandboxes:
        random = Random(f"{plan.seed} kills")  # noqa: S311 - repeatable
        shops = _open_shops(sandboxes.any(random).url, plan, merchant)
        interruptions = _under_load(plan, Load(sandboxes, shops, log, plan.seed), random)
        url = sandboxes.any(random).url
        wait_until_settled(url, shops, plan.timeout)
        evidence = collect(url, shops, merchant)
    violations = audit(log.sent, evidence, interruptions)
    return Report(plan.seed, log.sent, interruptions, evidence, violations, time.monotonic() - began)


def _open_shops(url: str, plan: Plan, merchant: Merchant) -> list[Shop]:
    api = Api(url)
    made = [
        api.call("POST", "/accounts", AccountRecord, NewAccount(opening_balance=balance))
        for number in range(plan.accounts)
        for balance in [_OPENING_BALANCES[number % len(_OPENING_BALANCES)]]
    ]
    return [Shop(account.user, account.secret_key, merchant.notify_url, []) for account in made]


def _under_load(plan: Plan, load: Load, random: Random) -> list[Interruption]:
    """Kill while the clients go on, each time after a random number of requests; wait for the end of the load."""
    clients = [LoadClient(load, number) for number in range(plan.clients)]
    for client in clients:
        client.start()
    try:
        first, last = plan.requests // 20, plan.requests * 19 // 20
        instants = sorted(random.randint(first, last) for _ in range(plan.kills))
        interruptions = [_interrupt(plan, load, random, instant) for instant in instants]
    except BaseException:
        load.log.stop()
        raise
    for client in clients:
        client.join()
    for failure in load.failures:
        raise failure
    if load.log.is_stalled:
        unanswered = load.log.sent[-1]
        raise RuntimeError(f"no request was decided for {plan.timeout:g} s: {unanswered.kind}: {unanswered.detail}")
    return interruptions


def _interrupt(plan: Plan, load: Load, random: Random, instant: int) -> Interruption:
    log, sandboxes = load.log, load.sandboxes
    log.wait_for(instant)
    threading.Event().wait(random.uniform(0, _LONGEST_PAUSE))  # so that requests are at any point of their way
    if plan.restart_database is not None and not (plan.kills_sandboxes and random.random() < 0.5):  # noqa: PLR2004
        began = time.time()
        plan.restart_database()
        return Interruption("database", began, time.time())
    if plan.workers > 1 and random.random() < 0.5 and (killed := sandboxes.kill_worker(random)):  # noqa: PLR2004
        return killed
    sandbox, began = sandboxes.take_down(random)
    if plan.processes > 1:  # the others go on, and take over its work
        log.wait_for(instant + random.randint(0, _LONGEST_ABSENCE))
    return sandboxes.bring_back(sandbox, began)
