"""What an answer needs of the store, step by step.

The gateway answers a request by a generator that yields steps and gets their results. So it says what is stored, and in
which order, and its caller decides where that happens: at once with a store in memory; off the event loop, and together
with other requests, with a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.store.contract import Store

    InThread = Callable[[Callable[[], Any]], Awaitable[Any]]
    """Calls a function on a thread."""

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class StoreStep(Protocol):
    """One thing to do with the store."""

    @property
    def repeats(self) -> bool:
        """Whether it does another part of long work, so that other requests have their turn before it."""

    def run(self, store: Store) -> Any:  # noqa: ANN401 - the result of the step
        """Do it, and wait for it."""

    def run_soon(self, store: Store, in_thread: InThread) -> Awaitable[Any]:
        """Do it without holding up the event loop, on a thread if that is necessary."""


Steps: TypeAlias = "Generator[StoreStep, Any, _T_co]"
"""Yields steps, gets the result or the exception of each, and returns an answer."""


class InUnit(NamedTuple):
    """Work in a unit of work, which is committed before the next step."""

    user: str
    work: Callable[[UnitOfWork], Any]
    repeats: bool = False

    def run(self, store: Store) -> Any:  # noqa: ANN401 - the result of the step
        return store.perform(self.user, self.work)

    def run_soon(self, store: Store, in_thread: InThread) -> Awaitable[Any]:  # noqa: ARG002 - as `StoreStep` has it
        return store.perform_soon(self.user, self.work)


class WithStore(NamedTuple):
    """A call that uses the store and may wait for it, such as looking up an account."""

    call: Callable[[], Any]
    repeats: bool = False

    def run(self, store: Store) -> Any:  # noqa: ANN401, ARG002 - the result of the step; as `StoreStep` has it
        return self.call()

    def run_soon(self, store: Store, in_thread: InThread) -> Awaitable[Any]:  # noqa: ARG002 - as `StoreStep` has it
        return in_thread(self.call)


class Answering(Generic[_T]):
    """A request that is being answered: its `next_step` is None once there is an `answer`."""

    answer: _T

    def __init__(self, steps: Steps[_T], store: Store) -> None:
        """Begin, up to the first step."""
        self._steps = steps
        self._store = store
        self.next_step: StoreStep | None = None
        self._resume(None, None)

    def _resume(self, result: Any, error: Exception | None) -> None:  # noqa: ANN401 - the result of a step
        try:
            self.next_step = self._steps.send(result) if error is None else self._steps.throw(error)
        except StopIteration as end:
            self.next_step, self.answer = None, end.value

    def go_on(self) -> None:
        """Do the next step, and wait for it."""
        step, result, error = self.next_step, None, None
        if step is not None:
            try:
                result = step.run(self._store)
            except Exception as failure:  # noqa: BLE001 - the generator handles it
                error = failure
            self._resume(result, error)

    async def go_on_soon(self, in_thread: InThread) -> None:
        """Do the next step without holding up the event loop."""
        step, result, error = self.next_step, None, None
        if step is not None:
            try:
                result = await step.run_soon(self._store, in_thread)
            except Exception as failure:  # noqa: BLE001 - the generator handles it
                error = failure
            self._resume(result, error)

    def finish(self) -> _T:
        """Do all steps, and wait for them; returns the answer."""
        while self.next_step is not None:
            self.go_on()
        return self.answer
