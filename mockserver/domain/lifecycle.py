"""Kinds of objects with states, and how their objects change state."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from mockserver.domain.states import ImpossibleTransitionError, Transition
from mockserver.domain.timeline import Event, Task
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.domain.accounts import Account
    from mockserver.domain.states import Plan, PlannedTransition, StateMachine
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.evidence import DataField

R = TypeVar("R", bound=NamedTuple)


@dataclass(frozen=True, eq=False)
class Kind(Generic[R]):
    """A kind of object with states, such as payments.

    A `record` is a named tuple with `number`, `created_at`, `state`, `plan` and `notification_faults`. `identifier`,
    `timeline` and `group` are names of its fields: its id, the id of its timeline, and the field by which lists find
    it (`""` for none). `part` is the name of its steps in scenario files; `default_states` are its states without a
    scenario, one after each pay delay.

    `enter` performs a legal transition: it saves the record, changes the balance, notifies the merchant, and returns
    the new record. `own_next_transition` replaces the rule that the plan determines the next transition. `notified`
    are the fields of the `data` of its notifications.
    """

    name: str
    record: type[R]
    states: StateMachine[Any]
    enter: Callable[[UnitOfWork, Account, R, Transition], R]
    identifier: str
    timeline: str
    group: str = ""
    part: str = ""
    default_states: tuple[str, ...] = ()
    own_next_transition: Callable[[R], PlannedTransition | None] | None = None
    notified: tuple[DataField, ...] = ()

    @property
    def plural(self) -> str:
        """The plural, as in paths of the API."""
        return f"{self.name}s"

    def id_of(self, record: R) -> str:
        identifier: str = getattr(record, self.identifier)
        return identifier

    def timeline_of(self, record: R) -> str:
        timeline: str = getattr(record, self.timeline)
        return timeline

    def planned(self, record: R) -> Plan:
        """The part of a record's plan that is still possible."""
        state, plan = _state_and_plan(record)
        return self.states.next_planned(state, plan)

    def next_transition(self, record: R) -> PlannedTransition | None:
        """The next transition, if nothing else happens; its instant is None while it waits for something else."""
        if self.own_next_transition is not None:
            return self.own_next_transition(record)
        plan = self.planned(record)
        return plan[0] if plan else None

    def without_next(self, record: R) -> R:
        return self._without(record, self.next_transition(record))

    def _without(self, record: R, step: PlannedTransition | None) -> R:
        """The record without its next transition; the plan may not have it, such as an expiry."""
        plan = self.planned(record)
        return record._replace(plan=plan[1:]) if plan and plan[0] == step else record

    def do_next(self, unit: UnitOfWork, account: Account, identifier: str) -> None:
        """Perform the next transition of an object; if it is impossible, the plan ends."""
        record = unit.get(self.record, identifier)
        step = None if record is None else self.next_transition(record)
        if record is None or step is None or step.at is None:
            return
        transition = Transition(step.state, step.at, step.notification_faults)
        try:
            self.enter(unit, account, self._without(record, step), transition)
        except ImpossibleTransitionError as reason:
            text = message("not {state}: {remark}").format(state=step.state, remark=reason)
            unit.add_event(Event(self.timeline_of(record), step.at, "state", 0, text))
            unit.put(record._replace(plan=()))

    def transition(self, unit: UnitOfWork, account: Account, record: R, transition: Transition) -> R:
        """Perform a requested transition.

        Raises:
            IllegalTransitionError: the state machine does not have it.
            ImpossibleTransitionError: something else prevents it, such as the balance.
        """
        state, _ = _state_and_plan(record)
        self.states.check(self.id_of(record), state, transition.state)
        return self.enter(unit, account, record, transition)

    def save(self, unit: UnitOfWork, record: R, at: int, label: str = "") -> None:
        """Save a record in its new state, add an event to its timeline, and schedule its next transition."""
        state, _ = _state_and_plan(record)
        unit.put(record)
        unit.add_event(Event(self.timeline_of(record), at, "state", 0, f"{label}: {state}" if label else state))
        self.plan_next(unit, record)

    def plan_next(self, unit: UnitOfWork, record: R) -> None:
        """Schedule the next transition, or cancel it if it has no instant."""
        step = self.next_transition(record)
        if step is None or step.at is None:
            unit.cancel(Task(0, self.name, self.id_of(record)))
        else:
            unit.schedule(Task(step.at, self.name, self.id_of(record)))


_state_and_plan: Callable[[Any], tuple[str, Plan]] = attrgetter("state", "plan")
