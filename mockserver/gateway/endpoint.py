"""The gateway's one endpoint, as a function from a request to an answer: no web framework, no sockets."""

from __future__ import annotations

import logging
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from mockserver.clock import stopwatch
from mockserver.codes import SUCCESS
from mockserver.evidence import Fact
from mockserver.gateway import envelope
from mockserver.gateway.errors import Refusal, RuleBroken, ScriptedRefusal, SignatureRefused
from mockserver.gateway.fields import ENVELOPE, quoted, read_fields
from mockserver.gateway.method import Call
from mockserver.phpvalues import NotJsonError, Value, parse
from mockserver.scenarios.scenario import UnknownScenarioError
from mockserver.signing import signed_parameters, verify
from mockserver.store.contract import NOBODY, Account, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.clock import Clock
    from mockserver.gateway.method import Method
    from mockserver.scenarios.scenario import Repertoire, Scenario
    from mockserver.store.contract import Store

PATH = "/Payments"
UNRECORDED = 0
"""The number of an exchange that the journal could not take."""

LARGEST_BODY = 1024 * 1024
_LONGEST_JOURNALLED = 16 * 1024
_LONGEST_METHOD = 100
_logger = logging.getLogger(__name__)


class Request(NamedTuple):
    """What arrived: the HTTP method, the body's bytes, and the scenario that a header asks for."""

    http_method: str
    body: bytes
    scenario: str = ""


class Answer(NamedTuple):
    """What goes out: the envelope's bytes, and the exchange that the journal keeps of it."""

    body: bytes
    exchange: Exchange


class _Hearing:
    """What is known of a request so far; whatever comes of it, the journal gets that."""

    __slots__ = ("account", "method", "request", "scenario", "started", "string_to_sign", "trade_id")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.started = stopwatch()
        self.account: Account | None = None
        self.method = ""
        self.scenario = ""
        self.string_to_sign = ""
        self.trade_id = ""

    @property
    def owner(self) -> str:
        return NOBODY if self.account is None else self.account.user

    def exchange(self, number: int, at: int, code: str, reason: str, answer: bytes) -> Exchange:
        return Exchange(
            number=number,
            at=at,
            user=self.owner,
            method=self.method[:_LONGEST_METHOD],
            code=code,
            trade_id=self.trade_id,
            scenario=self.scenario,
            reason=reason,
            string_to_sign=self.string_to_sign[:_LONGEST_JOURNALLED],
            request=self.request.body[:_LONGEST_JOURNALLED],
            answer=answer,
            duration=round((stopwatch() - self.started) * 1_000_000),
        )


class Gateway:
    """Answers requests as the gateway does, and keeps each in the journal of its account."""

    def __init__(
        self, store: Store, clock: Clock, repertoire: Repertoire, methods: Mapping[str, Method], pay_delay: int
    ) -> None:
        """Assemble; `pay_delay` is in milliseconds."""
        self._store = store
        self._clock = clock
        self._repertoire = repertoire
        self._methods = methods
        self._pay_delay = pay_delay
        self._listeners: list[Callable[[Exchange], None]] = []

    def on_exchange(self, listener: Callable[[Exchange], None]) -> None:
        """Call a listener with each exchange, once it is in the journal."""
        self._listeners.append(listener)

    def answer(self, request: Request) -> Answer:
        """Answer a request. Every outcome is an envelope; nothing is raised."""
        hearing = _Hearing(request)
        try:
            answer = self._accept(hearing)
        except Refusal as refusal:
            answer = self._refuse(hearing, refusal)
        except Exception:
            _logger.exception("The sandbox itself failed on a request")
            answer = self._apologise(hearing)
        try:
            for listener in self._listeners:
                listener(answer.exchange)
        except Exception:
            _logger.exception("A listener failed; the answer goes out all the same")
        return answer

    def _accept(self, hearing: _Hearing) -> Answer:
        account, data = self._authenticate(hearing)
        method = self._method(hearing.method)
        sent = method.take_pay_method(read_fields(method.fields, data, " in data"))
        scenario = self._choose_scenario(hearing, sent)
        with self._store.unit(account.user) as unit:
            now, number = self._clock.now(), unit.next_number("exchanges")
            outcome = method.handle(Call(account, method.name, sent, scenario, now, self._pay_delay, number, unit))
            hearing.trade_id, hearing.scenario = outcome.trade_id, outcome.scenario
            body = envelope.success(outcome.data)
            exchange = hearing.exchange(number, now, SUCCESS, "", body)
            unit.add_exchange(exchange)
        return Answer(body, exchange)

    def _authenticate(self, hearing: _Hearing) -> tuple[Account, dict[str, Value]]:
        sent = _read_envelope(hearing.request)
        hearing.method, user = _text(sent.get("method")), _text(sent.get("user"))
        hearing.account = account = self._store.account(user) if user else None
        data = _check_envelope(sent)
        if account is None:
            raise SignatureRefused(f"No account has the user {quoted(user)}.")
        verdict = verify(signed_parameters(sent), sent["sign"], account.secret_key)
        hearing.string_to_sign = verdict.string_to_sign
        if not verdict:
            raise SignatureRefused(
                "The sign does not match: compare your string to sign with the record's, then check the secret key."
            )
        return account, data

    def _choose_scenario(self, hearing: _Hearing, fields: Mapping[str, str]) -> Scenario:
        try:
            scenario = self._repertoire.choose(hearing.request.scenario, fields)
        except UnknownScenarioError as error:
            raise RuleBroken(str(error)) from error
        if scenario.code:
            hearing.scenario = scenario.name
            raise ScriptedRefusal(scenario.code, scenario.name)
        return scenario

    def _method(self, name: str) -> Method:
        try:
            return self._methods[name]
        except KeyError:
            nearest = get_close_matches(name, self._methods, n=3)
            hint = f"The nearest names are {', '.join(nearest)}." if nearest else ""
            raise RuleBroken(f"There is no method {quoted(name)}.", hint) from None

    def _apologise(self, hearing: _Hearing) -> Answer:
        """An envelope even when nothing can be kept, as with a database that is gone."""
        refusal = Refusal("The sandbox itself failed; its log says why.")
        try:
            return self._refuse(hearing, refusal)
        except Exception:
            _logger.exception("The request could not be journalled either")
            body = envelope.failure(refusal.code, refusal.message)
            return Answer(body, hearing.exchange(UNRECORDED, 0, refusal.code, refusal.reason, body))

    def _refuse(self, hearing: _Hearing, refusal: Refusal) -> Answer:
        body = envelope.failure(refusal.code, refusal.message)
        with self._store.unit(hearing.owner) as unit:
            number = unit.next_number("exchanges")
            exchange = hearing.exchange(number, self._clock.now(), refusal.code, refusal.reason, body)
            unit.add_exchange(exchange)
        return Answer(body, exchange)


def _read_envelope(request: Request) -> dict[str, Value]:
    if request.http_method != "POST":
        raise RuleBroken(f"{PATH} takes POST, not {request.http_method}.")
    if len(request.body) > LARGEST_BODY:
        raise RuleBroken("The body is larger than 1 MiB.")
    try:
        sent = parse(request.body)
    except NotJsonError as error:
        raise RuleBroken("The body is not a JSON object.", f"It cannot be read: {error}.") from error
    if not isinstance(sent, dict):
        raise RuleBroken("The body is not a JSON object.")
    return sent


def _check_envelope(sent: dict[str, Value]) -> dict[str, Value]:
    data = sent.get("data")
    # An empty object arrives from PHP as an empty array; either is no data.
    read_fields(ENVELOPE, {**sent, "data": "given" if data else None}, " in the envelope")
    if not isinstance(data, dict):
        raise RuleBroken("data must be a JSON object.")
    return data


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


EVIDENCE = (
    Fact("body", "Read as JSON whatever the Content-Type says.", "client", "1.1, C1"),
    Fact("body", "No JSON object, more than 1 MiB, or another HTTP method than POST: -1000.", "assumed", "2 UNSEEN"),
    Fact("unknown method", "-1000; the nearest names go beside the answer.", "assumed", "2 UNSEEN"),
)
