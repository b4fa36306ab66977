"""`POST /Payments` over ASGI: the fast path, without Flask and, with a store in memory, without a thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from mockserver.gateway.endpoint import Answer, Overdue
from mockserver.gateway.request import SCENARIO_HEADER
from mockserver.scheduler.waits import TooManyWaitsError
from mockserver.server.asgi import is_done_before_disconnect
from mockserver.server.explanation_queue import ExplanationQueue
from mockserver.server.response_faults import break_connection, send_faulty_body
from mockserver.site.gateway_response import NOTIFY_FIRST_PATIENCE, gateway_request, plan_response
from mockserver.threads import DaemonPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.app import Application
    from mockserver.gateway.endpoint import NotifiesFirst, Unexplained
    from mockserver.scenarios.faults import Reply
    from mockserver.server.asgi import AsgiRequest, Receive

_T = TypeVar("_T")
_SCENARIO_HEADER = SCENARIO_HEADER.lower().encode()
_THREADS = 8


class GatewayRoute:
    """Answers requests on the event loop; in threads only what waits for a database, and explanations."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._threads = DaemonPool(_THREADS, "gateway")
        self._explanations = ExplanationQueue[Answer]()

    async def serve(self, request: AsgiRequest) -> None:
        """Answer one request."""
        scope = request.scope
        reached = scope["scheme"], request.header(b"host"), ""
        wanted = gateway_request(scope["method"], request.body, request.header(_SCENARIO_HEADER), reached)
        answer = await self._in_thread_if_blocking(self._app.gateway.begin, wanted)
        if isinstance(answer, Overdue):
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, answer.catch_up)
        if not isinstance(answer, Answer):
            answer = await self._explain(answer, request.receive)
        if answer.notifies_first is not None:
            await self._wait_until_notified(answer.exchange.user, answer.notifies_first, request.receive)
        response, send = plan_response(answer, self._app.settings.error_http_status), request.send
        if response.fault is not None and not await _play_delay_and_loss(response.fault, request):
            return
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        if response.pieces is not None:
            await self._send_pieces(response.pieces, request)
        elif response.fault is not None:
            await send_faulty_body(response.fault, request)
            return
        await send({"type": "http.response.body", "body": response.body})

    async def _explain(self, refusal: Unexplained, receive: Receive) -> Answer:
        explained = await self._explanations.explain(refusal, receive())
        if isinstance(explained, str):  # why it is not explained
            return await self._in_thread_if_blocking(refusal.unexplained, explained)
        return explained

    async def _wait_until_notified(self, user: str, condition: NotifiesFirst, receive: Receive) -> None:
        with suppress(TooManyWaitsError):
            notified = self._app.waits.wait_for(user, condition, NOTIFY_FIRST_PATIENCE)
            if not await is_done_before_disconnect(notified, receive):
                notified.cancel()

    async def _send_pieces(self, pieces: Iterator[bytes], request: AsgiRequest) -> None:
        """Send an export until the client leaves. Each piece is read in a thread, so a long one blocks no request."""
        loop = asyncio.get_running_loop()
        disconnect = asyncio.ensure_future(request.receive())
        try:
            while (piece := await loop.run_in_executor(self._threads, next, pieces, None)) is not None:
                await request.send({"type": "http.response.body", "body": piece, "more_body": True})
                if disconnect.done():
                    return
        finally:
            disconnect.cancel()

    async def _in_thread_if_blocking(self, function: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401
        """The result of a call that may wait for the store's disk or network."""
        if not self._app.store.waits_for_io:
            return function(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def stop(self) -> None:
        """Explain nothing more, so that no request holds up the stop."""
        self._explanations.stop()

    def close(self, patience: float) -> None:
        """End the threads, waiting at most `patience` seconds for those that are busy."""
        self._explanations.close()
        self._threads.close(patience)


async def _play_delay_and_loss(fault: Reply, request: AsgiRequest) -> bool:
    """Wait as long as a fault says; False if then the connection ends without a response."""
    await asyncio.sleep(fault.wait / 1000)
    if fault.is_lost:
        await break_connection(fault.ending, request)
    return not fault.is_lost
