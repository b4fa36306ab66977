"""`POST /Payments`: the fast path, without Flask and, with a store in memory, without a task and a thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from mockserver.gateway.answer import Answer
from mockserver.gateway.request import SCENARIO_HEADER
from mockserver.gateway.steps import Answering
from mockserver.scheduler.waits import TooManyWaitsError
from mockserver.server.messages import HttpResponse
from mockserver.server.response_faults import break_connection, send_faulty_body
from mockserver.site.gateway_response import (
    NOTIFY_FIRST_PATIENCE,
    gateway_request,
    headers_of_success,
    plan_response,
)
from mockserver.threads import DaemonPool

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from mockserver.app import Application
    from mockserver.gateway.answer import NotifiesFirst, Unexplained
    from mockserver.scenarios.faults import Reply
    from mockserver.server.explanation_queue import ExplanationQueue
    from mockserver.server.messages import HttpRequest
    from mockserver.server.responder import Responder
    from mockserver.site.gateway_response import PlannedResponse

_T = TypeVar("_T")
_SCENARIO_HEADER = SCENARIO_HEADER.lower().encode()
_THREADS = 8


class GatewayRoute:
    """Answers requests on the event loop; in threads only what waits for a database, and explanations."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._threads = DaemonPool(_THREADS, "gateway")
        self._is_stopping = False

    @cached_property
    def _explanations(self) -> ExplanationQueue[Answer]:
        from mockserver.server.explanation_queue import ExplanationQueue  # noqa: PLC0415 - only wrong signatures need it

        queue = ExplanationQueue[Answer]()
        if self._is_stopping:
            queue.stop()
        return queue

    def serve(self, request: HttpRequest, responder: Responder) -> Coroutine[Any, Any, None] | None:
        """Answer a request at once if nothing has to be waited for; otherwise return a coroutine that does it."""
        reached = request.endpoints.scheme, request.header(b"host"), ""
        sent_to = request.path, request.query, request.headers
        wanted = gateway_request(request.method, request.body, request.header(_SCENARIO_HEADER), reached, sent_to)
        if self._app.store.waits_for_io:
            return self._finish(self._app.gateway.start(wanted), responder)
        answer = self._app.gateway.begin(wanted)
        if not isinstance(answer, Answer) or answer.notifies_first is not None:
            return self._finish(answer, responder)
        return self._respond(answer, responder)

    def _respond(self, answer: Answer, responder: Responder) -> Coroutine[Any, Any, None] | None:
        headers = headers_of_success(answer)
        if headers is not None:
            responder.send_success(headers, answer.body)
            return None
        planned = plan_response(answer, self._app.error_http_status)
        if planned.pieces is None and planned.fault is None:
            responder.send(HttpResponse(planned.status, planned.headers, planned.body))
            return None
        return self._respond_slowly(planned, responder)

    async def _finish(
        self, answer: Answer | Answering[Answer | Unexplained] | Unexplained, responder: Responder
    ) -> None:
        """Do what an answer still waits for, and respond with it."""
        if isinstance(answer, Answering):
            answer = await self._answered(answer)
        if not isinstance(answer, Answer):
            answer = await self._explain(answer, responder)
        if answer.notifies_first is not None:
            await self._wait_until_notified(answer.exchange.user, answer.notifies_first, responder)
        slow = self._respond(answer, responder)
        if slow is not None:
            await slow

    async def _answered(self, answering: Answering[Answer | Unexplained]) -> Answer | Unexplained:
        while answering.next_step is not None:
            await answering.go_on_soon(self._in_thread)
            if answering.next_step is not None and answering.next_step.repeats:
                await asyncio.sleep(0)  # other requests have their turn
        return answering.answer

    async def _respond_slowly(self, planned: PlannedResponse, responder: Responder) -> None:
        fault = planned.fault
        if fault is not None and not await _play_delay_and_loss(fault, responder):
            return
        responder.start(planned.status, planned.headers)
        if planned.pieces is not None:
            await self._send_pieces(planned.pieces, responder)
            responder.end()
        elif fault is not None:
            await send_faulty_body(fault, responder)

    async def _explain(self, refusal: Unexplained, responder: Responder) -> Answer:
        explained = await self._explanations.explain(refusal, responder.until_left())
        if isinstance(explained, str):  # why it is not explained
            if self._app.store.waits_for_io:
                return await self._in_thread(refusal.unexplained, explained)
            return refusal.unexplained(explained)
        return explained

    async def _wait_until_notified(self, user: str, condition: NotifiesFirst, responder: Responder) -> None:
        with suppress(TooManyWaitsError):
            notified = self._app.waits.wait_for(user, condition, NOTIFY_FIRST_PATIENCE)
            if not await responder.is_done_before_left(notified):
                notified.cancel()

    async def _send_pieces(self, pieces: Iterator[bytes], responder: Responder) -> None:
        """Send an export until the client leaves. Each piece is read in a thread, so a long one blocks no request."""
        while not responder.has_left and (piece := await self._in_thread(next, pieces, None)) is not None:
            await responder.write(piece)

    async def _in_thread(self, function: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def stop(self) -> None:
        """Explain nothing more, so that no request holds up the stop."""
        self._is_stopping = True
        if "_explanations" in vars(self):
            self._explanations.stop()

    def close(self, patience: float) -> None:
        """End the threads, waiting at most `patience` seconds for those that are busy."""
        if "_explanations" in vars(self):
            self._explanations.close()
        self._threads.close(patience)


async def _play_delay_and_loss(fault: Reply, responder: Responder) -> bool:
    """Wait as long as a fault says; False if then the connection ends without a response."""
    await asyncio.sleep(fault.wait / 1000)
    if fault.is_lost:
        await break_connection(fault.ending, responder)
    return not fault.is_lost
