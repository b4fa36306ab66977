"""Scenarios, signatures, settings and metrics."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any

import msgspec

from mockserver.api.assistance import NoTool, Tool
from mockserver.api.operations import ApiError, BadValue, Operation, Pattern, Visit, Word, taken
from mockserver.api.records import ScenarioRecord
from mockserver.domain.accounts import MOST_QUEUED, Queued, ScenarioQueue
from mockserver.gateway.methods import ALL_METHODS
from mockserver.masking import HIDDEN
from mockserver.scenarios.scenario import UnknownScenarioError, parse_pattern
from mockserver.settings import declared
from mockserver.signing.php import NotJsonError, parse
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from mockserver.texts import did_you_mean, shown


class QueueEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A scenario for the next `times` calls that match `method` and `reference`, in which `*` matches any text.

    `reference` is the merchant's reference, such as the order_id of a payment.
    """

    scenario: Word
    times: Annotated[int, msgspec.Meta(ge=1, le=MOST_QUEUED)] = 1
    method: Pattern = "*"
    reference: Pattern = "*"


class ToSign(msgspec.Struct, forbid_unknown_fields=True):
    """A request to sign: its envelope, with or without a sign."""

    request: dict[str, Any]


class Signed(msgspec.Struct):
    """A string to sign and its signature."""

    string_to_sign: str
    sign: str


def _settings(visit: Visit) -> dict[str, str]:
    shown = {}
    for setting in declared():
        value = getattr(visit.app.settings, setting.name)
        shown[setting.name] = HIDDEN if not setting.repr else str(value)
    return shown


def _scenarios(visit: Visit) -> list[ScenarioRecord]:
    return [ScenarioRecord.of(scenario) for scenario in visit.app.catalog]


def _queue(visit: Visit) -> list[QueueEntry]:
    with visit.app.store.read(visit.account.user) as unit:
        queue = unit.get(ScenarioQueue, "queue") or ScenarioQueue()
    return [QueueEntry(one.scenario, one.remaining, one.method, one.reference) for one in queue.entries]


def known_scenario(visit: Visit, name: str) -> str:
    """Return the name of a scenario.

    Raises:
        BadValue: there is no scenario of this name.
    """
    try:
        return visit.app.catalog.named(name).name
    except UnknownScenarioError as error:
        raise BadValue(str(error)) from None


def _check_method(pattern: str) -> None:
    names = dict.fromkeys(method.name for method in ALL_METHODS)
    if not any(fnmatchcase(name, pattern) for name in names):
        meant = did_you_mean(pattern, names) or f"; expected one such as v3.CreatePayments* or {next(iter(names))}."
        raise BadValue(f"No method of the gateway matches {shown(pattern)}{meant}")


def _enqueue(visit: Visit) -> list[QueueEntry]:
    wanted: QueueEntry = visit.body
    name = known_scenario(visit, wanted.scenario)
    taken(parse_pattern, wanted.reference)
    _check_method(taken(parse_pattern, wanted.method))
    with visit.app.store.unit(visit.account.user) as unit:
        queue = unit.get(ScenarioQueue, "queue") or ScenarioQueue()
        if len(queue.entries) >= MOST_QUEUED:
            raise ApiError(
                409,
                "Queue is full",
                f"The queue is limited to {MOST_QUEUED} scenarios. Empty it with DELETE, or wait for further calls.",
            )
        unit.put(ScenarioQueue((*queue.entries, Queued(name, wanted.times, wanted.method, wanted.reference))))
    return _queue(visit)


def _clear_queue(visit: Visit) -> None:
    with visit.app.store.unit(visit.account.user) as unit:
        unit.put(ScenarioQueue())


def _sign(visit: Visit) -> Signed:
    try:
        envelope = parse(msgspec.json.encode(visit.body.request))
    except (NotJsonError, RecursionError) as error:
        raise BadValue(f"The request cannot be signed: {error}.") from None
    text = string_to_sign(signed_parameters(envelope if isinstance(envelope, dict) else {}))
    return Signed(text, sign(text, visit.account.secret_key))


def _metrics(visit: Visit) -> str:
    return visit.app.metrics.text(len(visit.app.merchants()), visit.app.findings.counts)


_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_QUEUE = "/accounts/{user}/scenarios"
OPERATIONS = (
    Operation("GET", "/settings", "Get the effective settings, with secrets masked.", _settings, dict[str, str],
              tool=Tool("get_settings")),
    Operation("GET", "/metrics", "Get the metrics for Prometheus.", _metrics, str, media=_PROMETHEUS,
              tool=NoTool("It is for Prometheus.")),
    Operation("GET", "/scenarios", "List all scenarios.", _scenarios, list[ScenarioRecord],
              tool=Tool("list_scenarios", "A scenario is a scripted outcome. In a request, its `order_id` or `amount`"
                        " selects it; queue_scenario selects it for any request.")),
    Operation("GET", _QUEUE, "List the scenarios that are queued for the next calls.", _queue, list[QueueEntry],
              tool=Tool("list_queued_scenarios")),
    Operation("POST", _QUEUE, "Queue a scenario for the next calls that match.", _enqueue,
              list[QueueEntry], QueueEntry, status=201, tool=Tool("queue_scenario")),
    Operation("DELETE", _QUEUE, "Empty the queue.", _clear_queue, status=204,
              tool=Tool("clear_queued_scenarios")),
    Operation("POST", "/accounts/{user}/sign", "Sign a request with the account's key.", _sign, Signed, ToSign,
              tool=Tool("sign_request", "The request has user, method, time and data. Compare the string to sign and"
                        " the sign with those of the user's code.", reads=True)),
)  # fmt: skip
