"""`POST /Payments` as a function from a request to an answer, without web framework and sockets."""

from __future__ import annotations

import logging
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import INTERNAL_ERROR, REFUSAL_MESSAGES, SUCCESS
from mockserver.domain.kinds import do_due_transitions
from mockserver.gateway.answer import UNRECORDED, Answer, NotifiesFirst, Unexplained
from mockserver.gateway.context import RequestContext
from mockserver.gateway.errors import Refusal, RuleBroken, SignatureRefused, UserUnknown
from mockserver.gateway.hints import AcceptedRequest, HintFinder
from mockserver.gateway.method import Call, GatewayRules, MethodResult
from mockserver.gateway.methods import find_method
from mockserver.gateway.request import (
    PATH,
    Request,
    check_clock,
    check_envelope,
    envelope_text,
    read_envelope,
)
from mockserver.gateway.scenario_choice import ScenarioChoice, ScenarioRequest, choose_scenario
from mockserver.gateway.steps import Answering, InUnit, WithStore
from mockserver.scenarios.scenario import RIGHT
from mockserver.signing.signature import signed_parameters, verify
from mockserver.store.contract import StoreUnavailableError
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.clock import Clocks
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import JournalEntry
    from mockserver.domain.unit_of_work import Series, UnitOfWork
    from mockserver.gateway.answer import DiagnoseSignature
    from mockserver.gateway.method import Method
    from mockserver.gateway.steps import Steps
    from mockserver.masking import Secrets
    from mockserver.scenarios.scenario import ScenarioCatalog
    from mockserver.signing.php import Value
    from mockserver.store.contract import Store

_MOST_KEYS = 500
_IN_PIECES = b"(sent in pieces)"
_logger = logging.getLogger(__name__)
_NEEDS_ADMIN = message("{method} needs the account of a super admin, not of a cashier.")


class Accepted(NamedTuple):
    """A request that has passed all checks: its account, `time`, method, and the texts of the method's fields."""

    account: Account
    time: str
    method: Method
    sent: dict[str, str]


class _AccountChanged(Exception):
    """The account has been changed since the signature was checked; `present` is as it is now."""

    def __init__(self, present: Account) -> None:
        super().__init__()
        self.present = present


class _Rehearsed(Exception):
    """Rolls a rehearsed call back; `result` is what it would have answered, `numbers` the last of its series."""

    def __init__(self, result: MethodResult, numbers: dict[Series, int]) -> None:
        super().__init__()
        self.result = result
        self.numbers = numbers


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
        self._envelopes = rules.envelopes
        self._find_method = rules.find_method or find_method
        self._secrets = secrets
        self._hints = HintFinder(catalog)
        self._listeners: list[Callable[[JournalEntry], None]] = []
        self._listeners_for_findings: list[Callable[[JournalEntry], None]] = []

    def on_exchange(self, listener: Callable[[JournalEntry], None]) -> None:
        """Call a listener with each entry of a journal after it is stored."""
        self._listeners.append(listener)

    def on_finding(self, listener: Callable[[JournalEntry], None]) -> None:
        """Call a listener with each entry of a refused request, and of one that has a hint."""
        self._listeners_for_findings.append(listener)

    def answer(self, request: Request) -> Answer:
        """Answer a request, and wait for it. Every result is an envelope; nothing is raised."""
        answer = self.start(request).finish()
        return answer if isinstance(answer, Answer) else answer.explained()

    def begin(self, request: Request) -> Answer | Answering[Answer | Unexplained] | Unexplained:
        """The answer to a request; or the request that is being answered, if there is long work to do first."""
        answering = self.start(request)
        while (step := answering.next_step) is not None and not step.repeats:
            answering.go_on()
        return answering.answer if step is None else answering

    def start(self, request: Request) -> Answering[Answer | Unexplained]:
        """Begin to answer a request, up to where the store is needed."""
        return Answering(self._steps(RequestContext(request, self._secrets)), self._store)

    def _steps(self, context: RequestContext) -> Steps[Answer | Unexplained]:
        try:
            answer = yield from self._accept(context)
        except SignatureRefused as refusal:
            return self._unexplained(context, refusal)
        except StoreUnavailableError as error:
            return self._unavailable(context, error)
        except Refusal as refusal:
            return (yield from self._settle(context, refusal))
        except Exception as error:
            if context.account is not None and (yield from self._was_dropped(context.account, error)):
                unknown = UserUnknown(context.owner)
                context.account = None  # the account was dropped meanwhile
                return self._unexplained(context, unknown)
            _logger.exception("The sandbox had an internal error")
            internal = Refusal(message("The sandbox had an internal error. Its log has the details."))
            return (yield from self._settle(context, internal))
        return self._announced(answer)

    def _was_dropped(self, account: Account, error: Exception) -> Steps[bool]:
        """Whether the account was dropped during the request, after which another process may have opened it again."""
        present = yield WithStore(partial(self._store.account, account.user))
        return present is None or (isinstance(error, KeyError) and present.generation != account.generation)

    def _unexplained(self, context: RequestContext, refusal: SignatureRefused) -> Unexplained:
        def settle(**how: Any) -> Answer:  # noqa: ANN401 - as `_settle` has it
            return Answering(self._settle(context, refusal, **how), self._store).finish()

        return Unexplained(context, settle)

    def _settle(
        self, context: RequestContext, refusal: Refusal, *, why_not: str = "",
        diagnose_signature: DiagnoseSignature | None = None,
    ) -> Steps[Answer]:  # fmt: skip
        """Refuse the request, even if nothing can be stored, for example without a connection to the database."""
        try:
            reason = self._explain(context, refusal, why_not, diagnose_signature)
            answer = yield from self._refuse(context, refusal, reason)
        except StoreUnavailableError:
            return self._unrecorded(context, refusal)
        except Exception:
            _logger.exception("The request could not be stored in the journal")
            return self._unrecorded(context, refusal)
        return self._announced(answer)

    def _unavailable(self, context: RequestContext, error: StoreUnavailableError) -> Answer:
        """Refuse a request because nothing can be stored; the store has logged why."""
        return self._unrecorded(context, Refusal(str(error)))

    def _unrecorded(self, context: RequestContext, refusal: Refusal) -> Answer:
        code, message, status = self._rules.failure(refusal)
        body = self._envelopes.failure(code, message)
        entry = context.journal_entry(UNRECORDED, 0, code, refusal.reason, body)
        return Answer(body, entry, http_status=status)

    def _announced(self, answer: Answer) -> Answer:
        entry = answer.entry
        listeners = self._listeners
        if entry.code != SUCCESS or entry.hint:
            listeners = listeners + self._listeners_for_findings
        try:
            for listener in listeners:
                listener(entry)
        except Exception:
            _logger.exception("A listener failed; the answer is still sent")
        return answer

    def _accept(self, context: RequestContext) -> Steps[Answer]:
        present: Account | None = None
        while True:
            account, time, data = yield from self._authenticate(context, present)
            method = self._find_method(context.method, data)
            if method.super_admin_only and account.role != "super admin":
                raise RuleBroken(_NEEDS_ADMIN.format(method=method.name))
            accepted = Accepted(account, time, method, method.take_pay_method(method.field_plan.read(data)))
            if account.clock.step and not context.has_ticked:
                yield WithStore(self._clocks.of(account.user).tick)
            context.has_ticked = True
            try:
                return (yield from self._perform(context, accepted))
            except _AccountChanged as changed:
                present = changed.present  # check the signature again

    def _perform(self, context: RequestContext, accepted: Accepted) -> Steps[Answer]:
        work = partial(self._in_unit, context, accepted)
        done = yield InUnit(accepted.account.user, work)
        while done is None:  # some due work was performed, and more is left
            done = yield InUnit(accepted.account.user, work, repeats=True)
        if isinstance(done, Answer):
            return done
        return (yield from self._forget(context, *done))

    def _in_unit(
        self, context: RequestContext, accepted: Accepted, unit: UnitOfWork
    ) -> Answer | tuple[Call, ScenarioChoice] | None:
        """The answer; None if there is due work to do first; or the call and the scenario that forgets it.

        Raises:
            _AccountChanged: the account is not the one whose key and role were checked.
        """
        account, time, method, sent = accepted
        if unit.account is not account:
            self._check_unchanged(account, unit.account)
            account = unit.account
        now = self._clocks.of(account.user).now()
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
        return call, choice

    def _check_unchanged(self, checked: Account, present: Account) -> None:
        if (checked.secret_key, checked.role) != (present.secret_key, present.role):
            raise _AccountChanged(present)

    def _keep(self, context: RequestContext, call: Call, choice: ScenarioChoice) -> Answer:
        result = call.method.handle(call)
        choice = choice.of_export() if result.export else choice
        context.trade_id = result.trade_id
        context.scenario = choice.scenario.name if choice.response.faults else result.scenario
        answer = self._recorded(context, call, choice, SUCCESS, self._body(result))
        if result.export is not None:
            return answer._replace(export=result.export)
        if call.method.reference and choice.scenario.notifies_before_answering(
            call.method.kind.part, self._rules.pay_delay
        ):
            first = NotifiesFirst(result.trade_id, call.unit.last_number("notifications"))
            return answer._replace(notifies_first=first)
        return answer

    def _body(self, result: MethodResult) -> bytes:
        if result.export is not None:
            return b""
        return self._envelopes.report(result.data) if result.integer_code else self._envelopes.success(result.data)

    def _play_refusal(self, context: RequestContext, call: Call, choice: ScenarioChoice) -> Answer:
        """Answer with the refusal of a scenario; the unit, with the journal and the used scenario, is committed."""
        context.scenario = choice.scenario.name
        code = choice.response.code or INTERNAL_ERROR
        body = self._envelopes.failure(code, choice.response.message or REFUSAL_MESSAGES[code])
        return self._recorded(context, call, choice, code, body)

    def _forget(self, context: RequestContext, call: Call, choice: ScenarioChoice) -> Steps[Answer]:
        """Answer as if the request had its effect, but store only the numbers that it used and the journal."""
        user = call.account.user
        try:
            rehearsed = yield InUnit(user, partial(_rehearse, call))
        except _Rehearsed as raised:
            rehearsed = raised
        context.scenario = choice.scenario.name

        def record(unit: UnitOfWork) -> Answer:
            for series, last in rehearsed.numbers.items():
                while unit.last_number(series) < last:
                    unit.next_number(series)
            return self._recorded(context, call._replace(unit=unit), choice, SUCCESS, self._body(rehearsed.result))

        answer: Answer = yield InUnit(user, record)
        return answer._replace(export=rehearsed.result.export)

    def _recorded(self, context: RequestContext, call: Call, choice: ScenarioChoice, code: str, body: bytes) -> Answer:
        """The answer with what the scenario does to it; the journal gets what arrives. An export's body is empty."""
        reply, reason, arrived = None, "", body or _IN_PIECES
        if choice.response is not RIGHT:
            reply, reason = choice.reply(body, call.account, call.exchange), choice.reason
            if reply is not None and (body or reply.is_lost):
                arrived = reply.arriving
        if context.request.path != PATH:
            reason = f"{reason} {_about_path(context.request.path)}".strip()
        if code == SUCCESS and not self._hints.is_plain(context.envelope, call):
            context.hint = self._hint_for(context, call, choice)
        entry = context.journal_entry(call.exchange, call.now, code, reason, arrived)
        call.unit.add_exchange(entry)
        return Answer(body, entry, reply=reply)

    def _hint_for(self, context: RequestContext, call: Call, choice: ScenarioChoice) -> str:
        selects_none = choice.scenario is self._catalog.default
        may_select = selects_none and not call.account.scenario and not context.request.scenario
        machine_now = self._clocks.machine.now()
        request = AcceptedRequest(
            context.envelope, call.method, call.time, call.sent, call.now, machine_now, may_select
        )
        return "\n".join(self._hints.find(request))

    def _authenticate(
        self, context: RequestContext, present: Account | None
    ) -> Steps[tuple[Account, str, dict[str, Value]]]:
        """Check the signature; `present` is the account of a unit of work, if one has found that it was changed."""
        context.envelope = sent = read_envelope(context.request)
        context.method, user = envelope_text(sent, "method"), envelope_text(sent, "user")
        context.account = account = present or (self._store.known_account(user) if user else None)
        if account is None and user and self._store.waits_for_io:
            context.account = account = yield WithStore(partial(self._store.account, user))
        time, data = check_envelope(sent)
        if account is None:
            raise UserUnknown(user)
        parameters = signed_parameters(sent)
        verdict = verify(parameters, sent["sign"], account.secret_key)
        if not verdict and self._store.waits_for_io:  # another process may have changed the key
            stored = yield WithStore(partial(self._store.account, user))
            if stored is not None and stored.secret_key != account.secret_key:
                context.account = account = stored
                verdict = verify(parameters, sent["sign"], account.secret_key)
        context.string_to_sign = verdict.string_to_sign
        if not verdict:
            raise SignatureRefused(message("The sign does not match."))
        if self._rules.max_clock_skew:
            check_clock(time, self._clocks.of(account.user).now(), self._rules.max_clock_skew)
        return account, time, data

    def _refuse(self, context: RequestContext, refusal: Refusal, reason: str) -> Steps[Answer]:
        code, message, status = self._rules.failure(refusal)
        body = self._envelopes.failure(code, message)
        # Masking takes time, and payments of the account wait for the unit; so it is done before.
        unnumbered = context.journal_entry(UNRECORDED, 0, code, reason, body).masked()

        def record(unit: UnitOfWork) -> Answer:
            number, now = unit.next_number("exchanges"), self._clocks.of(context.owner).now()
            exchange = unnumbered._replace(number=number, at=now)
            unit.add_exchange(exchange)
            return Answer(body, exchange, http_status=status)

        answer: Answer = yield InUnit(context.owner, record)
        return answer

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
            if not why_not:
                from mockserver.gateway.request_notes import request_notes  # noqa: PLC0415 - only refusals need it

                found = diagnosis.with_notes(found, request_notes(context.request), context.mask)
        except Exception:
            _logger.exception("The refusal could not be explained")
            return refusal.reason
        context.explanation = found.record
        return found.reason

    def _keys_of_others(self, user: str) -> dict[str, str]:
        """The secret keys of other accounts, by user."""
        others = ((one, key) for one, key in self._store.secret_keys().items() if one not in {user, ANONYMOUS})
        return dict(islice(others, _MOST_KEYS))


def _rehearse(call: Call, unit: UnitOfWork) -> NoReturn:
    """Perform a call, and roll all its changes back.

    Raises:
        _Rehearsed: with the result of the call.
    """
    raise _Rehearsed(call.method.handle(call._replace(unit=unit)), unit.numbers())


def _about_path(path: str) -> str:
    from mockserver.gateway.request_notes import slashes_note  # noqa: PLC0415 - see `_explain`

    note = slashes_note(path)
    return "" if note is None else f"{note.sentence} {note.cure}"
