"""Examines a shop through the API of a sandbox, as the command and tests do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from mockserver.examine.sandbox import Json, SandboxRefusedError
from mockserver.gateway.request import PATH
from mockserver.server.readiness import NotReadyError, call_sandbox
from mockserver.testing.api import ApiRefusedError

if TYPE_CHECKING:
    from mockserver.testing.api import Api

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
        urlsplit(url)
        return url
