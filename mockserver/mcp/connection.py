"""The sandbox that the tools work with: a running one, or else one that is started here and ends with the server."""

from __future__ import annotations

from contextlib import ExitStack
from errno import EADDRINUSE
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import anyio
import anyio.to_thread
import httpx2
import msgspec

from mockserver.api.operations import Problem
from mockserver.api.paths import API
from mockserver.mcp.results import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_CALL = 660.0  # a wait takes up to ten minutes
_LONGEST_CONNECT = 10.0
_ELSEWHERE, _TOKEN_NEEDED, _NO_CONTENT = 300, 401, 204
_LOOKS, _PAUSE = 100, 0.05  # and seconds between them, at what another assistant starts at the same moment
_HERE = {"127.0.0.1", "localhost", "::1"}
_STARTED = (
    "No sandbox answered at {url}, so one was started there. It keeps everything in memory, and ends with this server."
)


class Place(NamedTuple):
    """Where the sandbox is, its control token, the account for tools that name none, and whether one may be started."""

    url: str
    token: str = ""
    account: str = ""
    may_start: bool = True


def _numbers(failure: BaseException) -> set[int | None]:
    """The numbers of an error of the system and of its cause."""
    return {one.errno for one in (failure, failure.__cause__) if isinstance(one, OSError)}


class SandboxConnection:
    """Calls a sandbox. A call that is cancelled ends its connection, so that the sandbox stops to wait for it too."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._started = ExitStack()
        self._starting = anyio.Lock()
        self._notes: list[str] = []
        headers = {"Authorization": f"Bearer {place.token}"} if place.token else {}
        timeout = httpx2.Timeout(_LONGEST_CALL, connect=_LONGEST_CONNECT)
        # Nothing of the environment, such as a proxy, is between the two. No connection is kept, as the sandbox may be
        # another one at the next call.
        self._client = httpx2.AsyncClient(
            base_url=place.url, headers=headers, timeout=timeout, trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )  # fmt: skip

    async def __aenter__(self) -> SandboxConnection:
        return self

    async def __aexit__(self, *_error: object) -> None:
        with anyio.CancelScope(shield=True):
            await self._client.aclose()
            await anyio.to_thread.run_sync(self._started.close)

    def take_notes(self) -> list[str]:
        """What the next result should say besides."""
        notes, self._notes = self._notes, []
        return notes

    async def user(self, arguments: Mapping[str, Any]) -> str:
        """The account that is named in the arguments; else the one of the command or the sandbox's own.

        Raises:
            ToolError: the sandbox cannot be asked.
        """
        named = arguments.get("user") or self._place.account
        if named:
            return str(named)
        settings = await self.call("GET", "/settings")
        if not isinstance(settings, dict) or "user" not in settings:
            raise ToolError(f"{self._place.url} is no sandbox.")
        return str(settings["user"])

    async def call(self, verb: str, path: str, query: Mapping[str, str] | None = None, body: object = None) -> Any:  # noqa: ANN401 - JSON, or a text
        """Call an operation of the API.

        Raises:
            ToolError: it cannot be carried out, or no sandbox answers.
        """
        content = None if body is None else msgspec.json.encode(body)
        answer = await self.send(verb, f"{API}{path}{'?' if query else ''}{urlencode(query or {})}", content)
        if answer.status_code >= _ELSEWHERE:
            raise ToolError(self._problem(answer))
        if answer.status_code == _NO_CONTENT:
            return "Done."
        if answer.headers.get("content-type", "").startswith("application/json"):
            try:
                return msgspec.json.decode(answer.content)
            except msgspec.DecodeError as error:
                raise ToolError(f"{self._place.url} is no sandbox: its JSON is broken.") from error
        return answer.text

    async def send(
        self, verb: str, path: str, content: bytes | None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Send a request, to a sandbox that is started if none answers.

        Raises:
            ToolError: no sandbox answers.
        """
        try:
            request = self._client.build_request(
                verb, path, content=content, headers={"Content-Type": "application/json", **(headers or {})}
            )
        except httpx2.InvalidURL as error:
            raise ToolError(f"The arguments do not fit into an address: {error}.") from error
        try:
            try:
                return await self._client.send(request)
            except httpx2.ConnectError as error:
                await self._start(error)
                return await self._client.send(request)
        except httpx2.TransportError as error:
            why = str(error) or type(error).__name__
            raise ToolError(f"The sandbox at {self._place.url} did not answer: {why}.") from error

    async def _start(self, error: Exception) -> None:
        """Start a sandbox where none answers.

        Raises:
            ToolError: that is not allowed, or not possible.
        """
        url, place = self._place.url, urlsplit(self._place.url)
        advice = "Start one with: yabandpay-mock serve"
        if not self._place.may_start:
            raise ToolError(f"No sandbox answers at {url}. {advice}") from error
        if place.hostname not in _HERE or place.scheme != "http" or place.path.strip("/"):
            raise ToolError(
                f"No sandbox answers at {url}, and this server starts one only at an address such as"
                " http://127.0.0.1:8765. Start it there, or change --url of yabandpay-mock mcp."
            ) from error
        async with self._starting:
            if await self._answers():
                return
            try:
                await anyio.to_thread.run_sync(self._open_sandbox, place.hostname, place.port or 80)
            except (OSError, ValueError, LookupError) as failure:
                if EADDRINUSE in _numbers(failure) and await self._answers_soon():
                    return
                raise ToolError(f"No sandbox answers at {url}, and none can be started there: {failure}") from failure
            self._notes.append(_STARTED.format(url=url))

    async def _answers(self) -> bool:
        """Whether another call or another assistant has started the sandbox meanwhile."""
        try:
            await self._client.get(f"{API}/health/live")
        except httpx2.TransportError:
            return False
        return True

    async def _answers_soon(self) -> bool:
        """Whether another assistant has started the sandbox, which may not answer yet."""
        for _ in range(_LOOKS):
            if await self._answers():
                return True
            await anyio.sleep(_PAUSE)
        return False

    def _open_sandbox(self, host: str, port: int) -> None:
        from mockserver.settings import Settings  # noqa: PLC0415 - a whole sandbox, which is often not needed
        from mockserver.testing import Sandbox  # noqa: PLC0415 - as above

        settings = Settings(host=host, port=port, log="none", control_token=self._place.token)
        self._started.enter_context(Sandbox(settings))

    def _problem(self, answer: httpx2.Response) -> str:
        """Why the API refused a request, for an assistant."""
        url = self._place.url
        if answer.status_code == _TOKEN_NEEDED:
            wrong = "does not accept the control token" if self._place.token else "needs its control token"
            return (
                f"The sandbox at {url} {wrong}. Ask the user to set YABANDPAY_MOCK_CONTROL_TOKEN in the configuration"
                " of this server."
            )
        try:
            problem = msgspec.json.decode(answer.content, type=Problem)
        except msgspec.MsgspecError:
            return f"{url} answered HTTP {answer.status_code}; expected a sandbox of the same version."
        if problem.title == "No such account":
            return f"{problem.detail.partition('. ')[0].rstrip('.')}. list_accounts shows those that there are."
        nearest = f"\nNearest: {msgspec.json.encode(problem.nearest).decode()}" if problem.nearest else ""
        return f"{problem.title}: {problem.detail}{nearest}"
