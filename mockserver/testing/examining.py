"""Examines a shop through the API of a sandbox, as the command and tests do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mockserver.durations import parse_duration
from mockserver.examine.examination import Examination, Plan, chosen_checks
from mockserver.examine.sandbox import Json, SandboxRefusedError
from mockserver.examine.shop import Shop, Words, creator, state_reader
from mockserver.examine.trial import Pace
from mockserver.gateway.request import PATH
from mockserver.server.readiness import NotReadyError, call_sandbox
from mockserver.testing.api import ApiRefusedError, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mockserver.examine.report import Report
    from mockserver.examine.shop import Create, ReadState, StateKind
    from mockserver.testing.api import Api, Duration

__tracebackhide__ = True  # pytest shows the line of the test instead
_LONGEST = 60.0


class HttpCalls:
    """How an examination reaches a sandbox over HTTP."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Any:  # noqa: ANN401 - plain JSON
        try:
            return self._api.call(verb, path, Any, body, query)
        except ApiRefusedError as refused:
            raise SandboxRefusedError(str(refused)) from None
        except NotReadyError as error:
            raise SandboxRefusedError(str(error)) from None

    def pay(self, request: Json) -> Json:
        try:
            _, answer = call_sandbox(self._api.url, "POST", PATH, timeout=_LONGEST, body=msgspec.json.encode(request))
        except NotReadyError as error:
            raise SandboxRefusedError(str(error)) from None
        found: Json = msgspec.json.decode(answer)
        return found

    def check_address(self, url: str) -> str:
        return url


def examine_shop(  # noqa: PLR0913 - all but the first three are named
    api: Api, user: str, create: Create | str, *, state: ReadState | str | None,
    words: Mapping[StateKind, Iterable[str]], fields: tuple[str, str], checks: Iterable[str], parallel: int,
    patience: Duration, settle: Duration,
) -> Report:  # fmt: skip
    """Examine a shop at a sandbox; `create` and `state` are functions, or commands and URLs as for the command."""
    shop = Shop(
        creator(create) if isinstance(create, str) else create,
        state_reader(state) if isinstance(state, str) else state, Words(words), *fields,
    )  # fmt: skip
    pace = Pace(parse_duration(duration(patience)) / 1000, parse_duration(duration(settle)) / 1000)
    return Examination(HttpCalls(api), user, shop, Plan(chosen_checks(checks), parallel, pace)).run()
