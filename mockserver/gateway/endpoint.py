"""`POST /Payments` as a function from a request to an answer, without web framework and sockets."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import INTERNAL_ERROR, REFUSAL_MESSAGES, SUCCESS
from mockserver.domain.kinds import do_due_transitions
from mockserver.gateway.context import RequestContext
from mockserver.gateway.errors import Refusal, RuleBroken, SignatureRefused, quoted
from mockserver.gateway.method import Call, Export, GatewayRules, MethodResult
from mockserver.gateway.methods import find_method
from mockserver.gateway.request import (
    Request,
    check_envelope,
    envelope_text,
    failure_envelope,
    read_envelope,
    report_envelope,
    success_envelope,
)
from mockserver.gateway.scenario_choice import ScenarioChoice, ScenarioRequest, choose_scenario
from mockserver.scenarios.scenario import RIGHT
from mockserver.signing.signature import signed_parameters, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.clock import Clocks
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange, JournalEntry
    from mockserver.domain.unit_of_work import Series
    from mockserver.gateway.diagnosis import Diagnosis
    from mockserver.masking import Secrets
    from mockserver.scenarios.faults import Reply
    from mockserver.scenarios.scenario import ScenarioCatalog
    from mockserver.signing.php import Value
    from mockserver.store.contract import Store

    DiagnoseSignature = Callable[[bytes, str | None, Mapping[str, str], Callable[[str], str]], Diagnosis]
    """`mockserver.gateway.diagnosis.diagnose_signature`, or what calls it in another process."""

UNRECORDED = 0
"""The number of an exchange that could not be stored."""

_MOST_KEYS = 500
_MOST_VALUES = 30_000
_TOO_MANY = (
    "The signature was not explained, because the body has more than 30,000 values. "
    "Sign a smaller body, or save this one and run yabandpay-mock explain with it."
)
_IN_PIECES = b"(sent in pieces)"
_logger = logging.getLogger(__name__)


class NotifiesFirst(NamedTuple):
    """The notifications that must be sent before the answer: those of a trade or payout with a number above `after`.

    It is a condition for `Waits`.
    """

    timeline: str
    after: int

    def check(self, store: Store, user: str) -> bool | None:
        """True once each notification was attempted, accepted or given up."""
        with store.read(user) as view:
            sent = [one for one in view.notifications(self.timeline) if one.number > self.after]
            done = bool(sent) and all(one.state != "pending" or view.attempts(one.number) for one in sent)
        return done or None

    def late(self, _store: Store, _user: str) -> Exception:
        return TimeoutError(f"no notification of {self.timeline} was sent in time")


class Answer(NamedTuple):
    """The envelope as bytes, and the entry in the journal.

    An `export` replaces the body, which is then empty. A `reply` has the response faults of a scenario; of these an
    export can only have a delay or a lost connection. With `notifies_first`, the answer is sent after those
    notifications.
    """

    body: bytes
    entry: JournalEntry
    export: Export | None = None
    reply: Reply | None = None
    notifies_first: NotifiesFirst | None = None

    @property
    def exchange(self) -> Exchange:
        """The exchange in the journal; its `entry` is enough where its contents are not needed."""
        return self.entry.masked()


class Overdue:
    """A request whose account has more due work than one unit of work performs."""

    def __init__(self, answer: Callable[[], Answer | Unexplained | None]) -> None:
        """`answer` performs a part of that work and returns None; or it returns the result if no work is left."""
        self._answer = answer

    def step(self) -> Answer | Unexplained | None:
        """Perform a part of that work; returns the answer or the unexplained refusal once no work is left."""
        return self._answer()

    def catch_up(self) -> Answer | Unexplained:
        """Perform all that work, which may take long, and then return the answer or the unexplained refusal."""
        while (answer := self.step()) is None:
            pass
        return answer


class Unexplained:
    """A refused signature whose diagnosis, which may take long, is still missing.

    `owner` is the user whose journal gets it, `size` the number of bytes in memory. Only the body of the request is
    kept, and parsed again for the diagnosis, as the parsed envelope is many times larger.
    """

    def __init__(self, context: RequestContext, refusal: SignatureRefused, settle: Callable[..., Answer]) -> None:
        context.envelope = {}
        self.owner = context.owner
        self.size = len(context.request.body) + len(context.string_to_sign)
        self._settle = partial(settle, context, refusal)
        self._context = context

    def explained(self, diagnose_signature: DiagnoseSignature | None = None) -> Answer:
        """Diagnose the refusal, in this thread unless another way is given, and store it."""
        body = self._context.request.body
        if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
            return self.unexplained(_TOO_MANY)
        return self._settle(diagnose_signature=diagnose_signature)

    def unexplained(self, why: str) -> Answer:
        """Store the refusal with a sentence that says why it has no diagnosis."""
        return self._settle(why_not=why)


class _RolledBack(Exception):
    """Rolls a rehearsed call back."""


class Gateway:
    """Answers requests as the gateway does, and stores each in the journal of its account."""

    def __init__(
        self, store: Store, clocks: Clocks, catalog: ScenarioCatalog, rules: GatewayRules, secrets: Secrets
    ) -> None:
        """`secrets` are masked in everything but the answer."""
        self._store = store
        self._clocks = clocks
        self._catalog = catalog
        self._rules = rules
        self._secrets = secrets
        self._listeners: list[Callable[[JournalEntry], None]] = []

    def on_exchange(self, listener: Callable[[JournalEntry], None]) -> None:
        """Call a listener with each entry of a journal after it is stored."""
        self._listeners.append(listener)

    def answer(self, request: Request) -> Answer:
        """Answer a request. Every result is an envelope; nothing is raised."""
        begun = self.begin(request)
        if isinstance(begun, Overdue):
            begun = begun.catch_up()
        return begun if isinstance(begun, Answer) else begun.explained()

    def begin(self, request: Request) -> Answer | Overdue | Unexplained:
        """The answer to a request; or an object that returns it, if there is long work to do first."""
        context = RequestContext(request, self._secrets)
        return self._answer(context) or Overdue(partial(self._answer, context))

    def _answer(self, context: RequestContext) -> Answer | Unexplained | None:
        """The answer or the unexplained refusal; None if some due work was performed and more is left."""
        try:
            answer = self._accept(context)
        except SignatureRefused as refusal:
            return Unexplained(context, refusal, self._settle)
        except Refusal as refusal:
            return self._settle(context, refusal)
        except Exception:
            if context.account is not None and self._store.account(context.owner) is None:
                unknown = SignatureRefused(f"No account has the user {quoted(context.owner)}.")
                context.account = None  # the account was dropped meanwhile
                return Unexplained(context, unknown, self._settle)
            _logger.exception("The sandbox had an internal error")
            return self._settle(context, Refusal("The sandbox had an internal error. Its log has the details."))
        return None if answer is None else self._announced(answer)

    def _settle(
        self, context: RequestContext, refusal: Refusal, *, why_not: str = "",
        diagnose_signature: DiagnoseSignature | None = None,
    ) -> Answer:  # fmt: skip
        """Refuse the request, even if nothing can be stored, for example without a connection to the database."""
        try:
            reason = self._explain(context, refusal, why_not, diagnose_signature)
            return self._announced(self._refuse(context, refusal, reason))
        except Exception:
            _logger.exception("The request could not be stored in the journal")
            body = failure_envelope(refusal.code, refusal.message)
            return Answer(body, context.journal_entry(UNRECORDED, 0, refusal.code, refusal.reason, body))

    def _announced(self, answer: Answer) -> Answer:
        try:
            for listener in self._listeners:
                listener(answer.entry)
        except Exception:
            _logger.exception("A listener failed; the answer is still sent")
        return answer

    def _accept(self, context: RequestContext) -> Answer | None:
        account, time, data = self._authenticate(context)
        method = find_method(context.method, data)
        if method.super_admin_only and account.role != "super admin":
            raise RuleBroken(f"{method.name} needs the account of a super admin, not of a cashier.")
        sent = method.take_pay_method(method.field_plan.read(data))
        clock = self._clocks.of(account.user)
        if not context.has_ticked:
            clock.tick()
            context.has_ticked = True
        with self._store.unit(account.user) as unit:
            now = clock.now()
            # Due work happens before the request. Its amount is limited, as other requests wait for this unit.
            if do_due_transitions(unit, account, now, self._store.at_once) == self._store.at_once:
                return None
            number = unit.next_number("exchanges")
            request = ScenarioRequest(context.request.scenario, account, method, sent)
            choice = choose_scenario(self._catalog, request, unit)
            call = Call(account, method, time, sent, choice.scenario, now, self._rules, number, unit, self._store,
                        context.request.origin)  # fmt: skip
            if choice.response.effect == "kept":
                return self._keep(context, call, choice)
            if choice.response.effect == "none":
                return self._play_refusal(context, call, choice)
        return self._forget(context, call, choice)

    def _keep(self, context: RequestContext, call: Call, choice: ScenarioChoice) -> Answer:
        result = call.method.handle(call)
        choice = choice.of_export() if result.export else choice
        context.trade_id = result.trade_id
        context.scenario = choice.scenario.name if choice.response.faults else result.scenario
        answer = self._recorded(context, call, choice, SUCCESS, _body(result))
        if result.export is not None:
            return answer._replace(export=result.export)
        if call.method.reference and choice.scenario.notifies_before_answering(
            call.method.kind.part, self._rules.pay_delay
        ):
            first = NotifiesFirst(result.trade_id, call.unit.last_number("notifications"))
            return answer._replace(notifies_first=first)
        return answer

    def _play_refusal(self, context: RequestContext, call: Call, choice: ScenarioChoice) -> Answer:
        """Answer with the refusal of a scenario; the unit, with the journal and the used scenario, is committed."""
        context.scenario = choice.scenario.name
        code = choice.response.code or INTERNAL_ERROR
        body = failure_envelope(code, choice.response.message or REFUSAL_MESSAGES[code])
        return self._recorded(context, call, choice, code, body)

    def _forget(self, context: RequestContext, call: Call, choice: ScenarioChoice) -> Answer:
        """Answer as if the request had its effect, but store only the numbers that it used and the journal."""
        result, numbers = _rehearsed(call)
        context.scenario = choice.scenario.name
        with call.open_unit() as unit:
            for series, last in numbers.items():
                while unit.last_number(series) < last:
                    unit.next_number(series)
            answer = self._recorded(context, call._replace(unit=unit), choice, SUCCESS, _body(result))
        return answer._replace(export=result.export)

    def _recorded(self, context: RequestContext, call: Call, choice: ScenarioChoice, code: str, body: bytes) -> Answer:
        """The answer with what the scenario does to it; the journal gets what arrives. An export's body is empty."""
        reply, reason, arrived = None, "", body or _IN_PIECES
        if choice.response is not RIGHT:
            reply, reason = choice.reply(body, call.account, call.exchange), choice.reason
            if reply is not None and (body or reply.is_lost):
                arrived = reply.arriving
        entry = context.journal_entry(call.exchange, call.now, code, reason, arrived)
        call.unit.add_exchange(entry)
        return Answer(body, entry, reply=reply)

    def _authenticate(self, context: RequestContext) -> tuple[Account, str, dict[str, Value]]:
        context.envelope = sent = read_envelope(context.request)
        context.method, user = envelope_text(sent, "method"), envelope_text(sent, "user")
        context.account = account = self._store.account(user) if user else None
        time, data = check_envelope(sent)
        if account is None:
            raise SignatureRefused(f"No account has the user {quoted(user)}.")
        verdict = verify(signed_parameters(sent), sent["sign"], account.secret_key)
        context.string_to_sign = verdict.string_to_sign
        if not verdict:
            raise SignatureRefused("The sign does not match.")
        return account, time, data

    def _refuse(self, context: RequestContext, refusal: Refusal, reason: str) -> Answer:
        body = failure_envelope(refusal.code, refusal.message)
        # Masking takes time, and payments of the account wait for the unit; so it is done before.
        unnumbered = context.journal_entry(UNRECORDED, 0, refusal.code, reason, body).masked()
        with self._store.unit(context.owner) as unit:
            number, now = unit.next_number("exchanges"), self._clocks.of(context.owner).now()
            exchange = unnumbered._replace(number=number, at=now)
            unit.add_exchange(exchange)
        return Answer(body, exchange)

    def _explain(
        self, context: RequestContext, refusal: Refusal, why_not: str, diagnose_signature: DiagnoseSignature | None
    ) -> str:
        """The reason in one or two sentences; the full diagnosis is set in the context."""
        from mockserver.gateway import diagnosis  # noqa: PLC0415 - only refusals need it

        try:
            if why_not:
                found = diagnosis.unexplained(refusal.reason, why_not, context.mask)
            elif isinstance(refusal, SignatureRefused):
                own = context.account.secret_key if context.account else None
                search = diagnose_signature or diagnosis.diagnose_signature
                found = search(context.request.body, own, self._keys_of_others(context.owner), context.mask)
            else:
                found = diagnosis.diagnose_fields(refusal, context.envelope, context.mask)
        except Exception:
            _logger.exception("The refusal could not be explained")
            return refusal.reason
        context.explanation = found.record
        return found.reason

    def _keys_of_others(self, user: str) -> dict[str, str]:
        """The secret keys of other accounts, by user."""
        known = (self._store.account(other) for other in self._store.users()[:_MOST_KEYS] if other != user)
        return {account.user: account.secret_key for account in known if account and account.user != ANONYMOUS}


def _rehearsed(call: Call) -> tuple[MethodResult, dict[Series, int]]:
    """The result of a call and the last numbers of its series; all its changes are rolled back."""
    rehearsals = []
    with suppress(_RolledBack), call.open_unit() as unit:
        rehearsals.append((call.method.handle(call._replace(unit=unit)), unit.numbers()))
        raise _RolledBack
    return rehearsals[0]


def _body(result: MethodResult) -> bytes:
    if result.export is not None:
        return b""
    return report_envelope(result.data) if result.integer_code else success_envelope(result.data)
