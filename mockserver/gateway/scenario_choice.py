"""Which scenario a request plays, which of its answers is due, and what becomes of that answer on its way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mockserver import identity
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.scenario_queue import AnswersPlayed, ScenarioQueue
from mockserver.gateway.errors import RuleBroken
from mockserver.scenarios.description import response_in_words
from mockserver.scenarios.faults import Delay, Lost, Reply, spoilt
from mockserver.scenarios.scenario import RIGHT, ScenarioQuery, UnknownScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.gateway.method import Method
    from mockserver.scenarios.scenario import Response, Scenario, ScenarioCatalog


class ScenarioChoice(NamedTuple):
    """A scenario, and the answer of it that a request gets."""

    scenario: Scenario
    response: Response

    @property
    def reason(self) -> str:
        """What it does to the answer, for those who read beside it; empty if nothing."""
        if self.response is RIGHT:
            return ""
        code = self.response.code
        if code and not self.response.faults:
            return f"The scenario {self.scenario.name!r} answers with {code}; the request itself was right."
        effect = response_in_words(self.response)
        return f"The scenario {self.scenario.name!r} played: {effect}." if effect else ""

    def of_export(self) -> ScenarioChoice:
        """The same for a file that is sent in pieces, which can only be late or lost."""
        faults = tuple(fault for fault in self.response.faults if isinstance(fault, (Delay, Lost)))
        return self._replace(response=self.response._replace(faults=faults)) if self.response.faults else self

    def reply(self, body: bytes, account: Account, number: int) -> Reply | None:
        """How an answer goes out; None where nothing happens to it."""
        if not self.response.faults:
            return None
        draw = partial(identity.draw, account.seed, "answer", number)
        return spoilt(Reply(body), self.response.faults, draw)


class ScenarioRequest(NamedTuple):
    """Who asks for what: the scenario that a header names, the account, the method, and the texts of its fields."""

    header: str
    account: Account
    method: Method
    sent: Mapping[str, str]


def choose_scenario(catalog: ScenarioCatalog, asked: ScenarioRequest, unit: UnitOfWork) -> ScenarioChoice:
    """What a request plays; a queued scenario and an answer of a sequence are used up by it.

    Raises:
        RuleBroken: it asks for a scenario that there is not.
    """
    query = _query(asked, unit)
    try:
        scenario = catalog.choose(query)
    except UnknownScenarioError as error:
        raise RuleBroken(str(error)) from error
    if len(scenario.answers) < 2:  # noqa: PLR2004 - a sequence has more than one
        return ScenarioChoice(scenario, scenario.answer(0))
    order = query.reference or asked.sent.get("trade_id", "")
    return ScenarioChoice(scenario, scenario.answer(_count(unit, scenario, order)))


def _query(asked: ScenarioRequest, unit: UnitOfWork) -> ScenarioQuery:
    header, account, method, sent = asked
    # Only a payment's amount and demo ask for a scenario: others cannot be chosen freely.
    creates_order = method.reference == "order_id"
    reference, name = sent.get(method.reference, ""), header
    queue = unit.get(ScenarioQueue, "queue")
    if queue is not None and queue.entries and not name:
        name, rest = queue.next_for(method.name, reference)
        unit.put(rest)
    return ScenarioQuery(
        name,
        reference,
        sent.get("amount", "") if creates_order else "",
        method.kind.part,
        _inherited(method, sent, unit),
        account.scenario,
        sent.get("demo", "") if creates_order else "",
    )


def _inherited(method: Method, sent: Mapping[str, str], unit: UnitOfWork) -> str:
    """The scenario of the payment that a refund or a split is about."""
    if method.kind is PAYMENT or "trade_id" not in sent:
        return ""
    payment = unit.get(Payment, sent["trade_id"])
    return "" if payment is None else payment.scenario


def _count(unit: UnitOfWork, scenario: Scenario, order: str) -> int:
    """How many answers of the sequence the order has had before this one."""
    known_as = f"{scenario.name} {order}"
    played = unit.get(AnswersPlayed, known_as) or AnswersPlayed(known_as, 0)
    unit.put(played._replace(times=played.times + 1))
    return played.times
