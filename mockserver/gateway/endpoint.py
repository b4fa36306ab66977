"""The gateway's one endpoint, as a function from a request to an answer: no web framework, no sockets."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mockserver.clock import stopwatch
from mockserver.codes import SUCCESS
from mockserver.evidence import Fact
from mockserver.gateway import envelope
from mockserver.gateway.errors import Refusal, RuleBroken, ScriptedRefusal, SignatureRefused
from mockserver.gateway.fields import quoted, read_fields
from mockserver.gateway.method import Call, Export, Method, Outcome
from mockserver.gateway.methods import find_method
from mockserver.gateway.parameters import ENVELOPE
from mockserver.moves.due import do_due_moves
from mockserver.payments.cards import masked
from mockserver.payments.payment import Payment
from mockserver.phpvalues import NotJsonError, Value, parse
from mockserver.scenarios.scenario import ScenarioQueue, UnknownScenarioError, Wish
from mockserver.signing import signed_parameters, verify
from mockserver.store.contract import NOBODY, Account, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.clock import Clocks
    from mockserver.scenarios.scenario import Repertoire, Scenario
    from mockserver.store.contract import Store, UnitOfWork

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
    """What goes out: the envelope's bytes, and the exchange that the journal keeps of it.

    An export goes out in place of the body, which then is empty.
    """

    body: bytes
    exchange: Exchange
    export: Export | None = None


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
        body = self.request.body
        plain = body.decode("utf-8", "replace")
        request, text = body, self.string_to_sign
        if (shown := masked(plain)) is not plain:
            request, text = shown.encode("utf-8", "replace"), masked(text)
            reason, answer = masked(reason), masked(answer.decode("utf-8", "replace")).encode("utf-8", "replace")
        return Exchange(
            number=number,
            at=at,
            user=self.owner,
            method=self.method[:_LONGEST_METHOD],
            code=code,
            trade_id=self.trade_id,
            scenario=self.scenario,
            reason=reason,
            string_to_sign=text[:_LONGEST_JOURNALLED],
            request=request[:_LONGEST_JOURNALLED],
            answer=answer,
            duration=round((stopwatch() - self.started) * 1_000_000),
        )


class Gateway:
    """Answers requests as the gateway does, and keeps each in the journal of its account."""

    def __init__(self, store: Store, clocks: Clocks, repertoire: Repertoire, pay_delay: int, pages: str) -> None:
        """Assemble; `pay_delay` is in milliseconds, `pages` the address below which payers find their pages."""
        self._store = store
        self._clocks = clocks
        self._repertoire = repertoire
        self._pay_delay = pay_delay
        self._pages = pages
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
        account, (time, data) = self._authenticate(hearing)
        method = find_method(hearing.method, data)
        if method.super_admin_only and account.role != "super admin":
            raise RuleBroken(f"{method.name} can be called with a super admin's account only, not with a cashier's.")
        sent = method.take_pay_method(read_fields(method.fields, data, " in data"))
        open_unit, clock = partial(self._store.unit, account.user), self._clocks.of(account.user)
        clock.tick()
        with open_unit() as unit:
            now = clock.now()
            do_due_moves(unit, account, now)  # what has fallen due happened before this request
            number = unit.next_number("exchanges")
            scenario = self._choose_scenario(hearing, method, sent, unit)
            if scenario.code:
                return self._play_refusal(hearing, scenario, unit, number, now)
            outcome = method.handle(
                Call(account, method, time, sent, scenario, now, self._pay_delay, self._pages, number, unit, open_unit)
            )
            hearing.trade_id, hearing.scenario = outcome.trade_id, outcome.scenario
            body = _body(outcome)
            exchange = hearing.exchange(number, now, SUCCESS, "", body or b"(sent in pieces)")
            unit.add_exchange(exchange)
        return Answer(body, exchange, outcome.export)

    def _play_refusal(self, hearing: _Hearing, scenario: Scenario, unit: UnitOfWork, number: int, now: int) -> Answer:
        """Answer as a scenario says; the unit is kept, since the request was right."""
        refusal = ScriptedRefusal(scenario.code, scenario.name)
        hearing.scenario = scenario.name
        body = envelope.failure(refusal.code, refusal.message)
        exchange = hearing.exchange(number, now, refusal.code, refusal.reason, body)
        unit.add_exchange(exchange)
        return Answer(body, exchange)

    def _authenticate(self, hearing: _Hearing) -> tuple[Account, _Sent]:
        sent = _read_envelope(hearing.request)
        hearing.method, user = _text(sent.get("method")), _text(sent.get("user"))
        hearing.account = account = self._store.account(user) if user else None
        checked = _check_envelope(sent)
        if account is None:
            raise SignatureRefused(f"No account has the user {quoted(user)}.")
        verdict = verify(signed_parameters(sent), sent["sign"], account.secret_key)
        hearing.string_to_sign = verdict.string_to_sign
        if not verdict:
            raise SignatureRefused(
                "The sign does not match: compare your string to sign with the record's, then check the secret key."
            )
        return account, checked

    def _choose_scenario(
        self, hearing: _Hearing, method: Method, sent: Mapping[str, str], unit: UnitOfWork
    ) -> Scenario:
        # Only a payment's amount asks for a scenario: others cannot be chosen freely.
        amount = sent.get("amount", "") if method.reference == "order_id" else ""
        reference = sent.get(method.reference, "")
        name, inherited = hearing.request.scenario, _inherited(method, sent, unit)
        queue = unit.get(ScenarioQueue, "queue")
        if queue is not None and queue.entries and not name:
            name, rest = queue.next_for(method.name, reference)
            unit.put(rest)
        default = "" if hearing.account is None else hearing.account.scenario
        try:
            return self._repertoire.choose(Wish(name, reference, amount, method.part, inherited, default))
        except UnknownScenarioError as error:
            raise RuleBroken(str(error)) from error

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
            exchange = hearing.exchange(
                number, self._clocks.of(hearing.owner).now(), refusal.code, refusal.reason, body
            )
            unit.add_exchange(exchange)
        return Answer(body, exchange)


def _body(outcome: Outcome) -> bytes:
    if outcome.export is not None:
        return b""
    return envelope.report(outcome.data) if outcome.integer_code else envelope.success(outcome.data)


def _inherited(method: Method, sent: Mapping[str, str], unit: UnitOfWork) -> str:
    """The scenario of the payment that a refund or a split is about."""
    if method.part == "then" or "trade_id" not in sent:
        return ""
    payment = unit.get(Payment, sent["trade_id"])
    return "" if payment is None else payment.scenario


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


class _Sent(NamedTuple):
    """What a checked envelope holds beside user and method."""

    time: str
    data: dict[str, Value]


def _check_envelope(sent: dict[str, Value]) -> _Sent:
    data = sent.get("data")
    # An empty object arrives from PHP as an empty array; either is no data.
    read_fields(ENVELOPE, {**sent, "data": "given" if data else None}, " in the envelope")
    if not isinstance(data, dict):
        raise RuleBroken("data must be a JSON object.")
    return _Sent(_text(sent["time"]), data)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


EVIDENCE = (
    Fact("body", "Read as JSON whatever the Content-Type says.", "client", "1.1, C1"),
    Fact("body", "No JSON object, more than 1 MiB, or another HTTP method than POST: -1000.", "assumed", "2 UNSEEN"),
    Fact("unknown method", "-1000; the nearest names go beside the answer.", "assumed", "2 UNSEEN"),
)
