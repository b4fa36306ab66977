"""Calls of the sandbox's API in its own process, with and without HTTP's values: as plain JSON."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec

from mockserver.api import accounts, journal, messages, resources, tools
from mockserver.api.operations import ApiError, Pending
from mockserver.delivery.destination import DestinationRefused
from mockserver.examine.sandbox import SandboxRefusedError
from mockserver.examine.shop import ShopError
from mockserver.gateway.request import Request
from mockserver.texts import shown

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.examine.sandbox import Json

_HERE = ("127.0.0.1", 0)
_OPERATIONS = [
    (operation.verb, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", operation.path)), operation)
    for part in (accounts, journal, messages, resources, tools)
    for operation in part.OPERATIONS
]


class LocalCalls:
    """How an examination reaches the sandbox that it runs in."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def call(self, verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Any:  # noqa: ANN401
        """Call an operation; returns its result as plain JSON.

        Raises:
            SandboxRefusedError: the operation refused it.
        """
        found, operation = next(
            (match, operation)
            for known, pattern, operation in _OPERATIONS
            if known == verb and (match := pattern.fullmatch(path))
        )
        values = {name: unquote(text) for name, text in found.groupdict().items()}
        try:
            given = operation.carry_out(self._app, values, body, query)
            result = given.result() if isinstance(given, Pending) else given
        except ApiError as error:
            raise SandboxRefusedError(f"{error.problem.title}: {error.problem.detail}") from None
        return msgspec.to_builtins(result)

    def pay(self, request: Json) -> Json:
        """Send a request to the gateway."""
        answer: Json = msgspec.json.decode(self._app.gateway.answer(Request("POST", msgspec.json.encode(request))).body)
        return answer

    def check_address(self, url: str) -> str:
        """The address that a URL is reached at, by the rules for notifications.

        Raises:
            ShopError: nothing is sent there.
        """
        return check_shop_address(self._app, url)


def check_shop_address(app: Application, url: str) -> str:
    """The address that a URL of a shop is reached at.

    Raises:
        ShopError: the sandbox sends nothing there.
    """
    try:
        reached = app.destinations.destination(url)
        place = urlsplit(reached)
        for *_, peer in socket.getaddrinfo(place.hostname, place.port or place.scheme, type=socket.SOCK_STREAM):
            app.destinations.check_peer(reached, peer, _HERE)
    except DestinationRefused as error:
        raise ShopError(f"{shown(url)} cannot be used: {error}.") from None
    except OSError:
        return reached  # the connection reports the reason
    return reached
