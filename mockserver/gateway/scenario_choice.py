"""Chooses the scenario of a request and the scenario's answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mockserver import identity
from mockserver.domain.accounts import AnswersPlayed, ScenarioQueue
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.gateway.errors import RuleBroken
from mockserver.scenarios.faults import Delay, Lost, Reply, apply_faults
from mockserver.scenarios.scenario import RIGHT, ScenarioQuery, UnknownScenarioError
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.gateway.method import Method
    from mockserver.scenarios.scenario import Response, Scenario, ScenarioCatalog


class ScenarioChoice(NamedTuple):
    """A scenario, and the response that a request gets."""

    scenario: Scenario
    response: Response

    @property
    def reason(self) -> str:
        """What the scenario does to the answer, for X-Sandbox-Reason; empty if nothing."""
        if self.response is RIGHT:
            return ""
        code = self.response.code
        if code and not self.response.faults:
            return message("The scenario {scenario} answers with {code}; the request was correct.").format(
                scenario=repr(self.scenario.name), code=code
            )
        from mockserver.scenarios.description import response_in_words  # noqa: PLC0415 - only such scenarios need it

        effect = response_in_words(self.response)
        used = message("The scenario {scenario} was used: {effect}.")
        return used.format(scenario=repr(self.scenario.name), effect=effect) if effect else ""

    def of_export(self) -> ScenarioChoice:
        """The choice for an export, which can only have a delay or a lost connection."""
        faults = tuple(fault for fault in self.response.faults if isinstance(fault, (Delay, Lost)))
        return self._replace(response=self.response._replace(faults=faults)) if self.response.faults else self

    def reply(self, body: bytes, account: Account, number: int) -> Reply | None:
        """The planned reply with its faults; None if there are none."""
        if not self.response.faults:
            return None
        draw = partial(identity.draw, account.seed, "answer", number)
        return apply_faults(Reply(body), self.response.faults, draw)


class ScenarioRequest(NamedTuple):
    """A request to choose for: the scenario of its header, its account, its method, and the texts of its fields."""

    header: str
    account: Account
    method: Method
    sent: Mapping[str, str]


def choose_scenario(catalog: ScenarioCatalog, request: ScenarioRequest, unit: UnitOfWork) -> ScenarioChoice:
    """Choose the scenario; this uses up a queued scenario and an answer of a sequence.

    Raises:
        RuleBroken: the request selects an unknown scenario.
    """
    query = _query(request, unit)
    try:
        scenario = catalog.choose(query)
    except UnknownScenarioError as error:
        raise RuleBroken(str(error)) from error
    if not scenario.answers:
        return ScenarioChoice(scenario, RIGHT)
    if len(scenario.answers) == 1:
        return ScenarioChoice(scenario, scenario.answers[0])
    order = query.reference or request.sent.get("trade_id", "")
    return ScenarioChoice(scenario, scenario.answer(_count(unit, scenario, order)))


def _query(request: ScenarioRequest, unit: UnitOfWork) -> ScenarioQuery:
    header, account, method, sent = request
    # Only the amount and demo of a payment select a scenario: a merchant cannot choose others freely.
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
        "" if method.kind is PAYMENT else _inherited(sent, unit),
        account.scenario,
        sent.get("demo", "") if creates_order else "",
    )


def _inherited(sent: Mapping[str, str], unit: UnitOfWork) -> str:
    """The scenario of the payment that a refund or a split is about."""
    payment = unit.get(Payment, sent["trade_id"]) if "trade_id" in sent else None
    return "" if payment is None else payment.scenario


def _count(unit: UnitOfWork, scenario: Scenario, order: str) -> int:
    """The number of answers that the order has had from the sequence; counts this one."""
    known_as = f"{scenario.name} {order}"
    played = unit.get(AnswersPlayed, known_as) or AnswersPlayed(known_as, 0)
    unit.put(played._replace(times=played.times + 1))
    return played.times
