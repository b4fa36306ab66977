"""What several tests need: signing by hand, and calling the gateway without a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mockserver.client import signed_request
from mockserver.gateway.endpoint import Request
from mockserver.gateway.example import documented_request

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.store.contract import Exchange

SECRET_KEY = "sandbox-secret-key"
USER = "016683"


def answer(app: Application, body: bytes, *, scenario: str = "", http_method: str = "POST") -> dict[str, Any]:
    """The envelope that the gateway answers a body with."""
    envelope: dict[str, Any] = json.loads(app.gateway.answer(Request(http_method, body, scenario)).body)
    assert list(envelope) == ["status", "code", "data", "message"]
    return envelope


def create(app: Application, *, scenario: Any = "", **changes: Any) -> dict[str, Any]:
    """The answer to the documented request with some fields of data changed; None leaves a field out."""
    return answer(app, signed(**changes), scenario=scenario)


def signed(**changes: Any) -> bytes:
    """The documented request with some fields of data changed, rightly signed; None leaves a field out."""
    request = documented_request(USER)
    request["data"] = {k: v for k, v in {**request["data"], **changes}.items() if v is not None}
    return signed_request(request, SECRET_KEY)


def signed_call(method: str, data: dict[str, Any]) -> bytes:
    """A rightly signed request of any method."""
    return signed_request({"user": USER, "method": method, "time": 1546588959, "data": data}, SECRET_KEY)


def query(app: Application, trade_id: str) -> dict[str, Any]:
    """The answer to v3.QueryOrder."""
    return answer(app, signed_call("v3.QueryOrder", {"trade_id": trade_id}))


def last_exchange(app: Application, user: str = USER) -> Exchange:
    """The newest entry of a journal."""
    with app.store.unit(user) as unit:
        return unit.exchanges(1)[0]
