"""Liveness, readiness and version of the sandbox.

Liveness and readiness are answered without Flask, as containers and CI jobs wait for them at the start, and without a
token, as probes have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mockserver import __version__
from mockserver.api.assistance import NoTool
from mockserver.api.operations import ApiError, Operation, Visit
from mockserver.api.paths import ALIVE_PATH, API, READY_PATH
from mockserver.store.contract import StoreUnavailableError

if TYPE_CHECKING:
    from mockserver.app import Application

_PATIENCE = 3.0  # seconds


class Health(msgspec.Struct):
    """The status and the version of the sandbox."""

    status: str
    version: str


def _live(_visit: Visit) -> Health:
    return Health("live", __version__)


def _ready(visit: Visit) -> Health:
    try:
        visit.app.store_check.wait(_PATIENCE)
    except TimeoutError as error:
        detail = f"The database has not answered for {_PATIENCE:g} s. No payment can be accepted."
        raise ApiError(503, "Not ready", detail) from error
    except StoreUnavailableError as error:
        raise ApiError(503, "Not ready", f"{error} No payment can be accepted.") from error
    except Exception as error:
        detail = f"The store cannot be written to ({type(error).__name__}), so no payment can be accepted."
        raise ApiError(503, "Not ready", detail) from error
    try:
        visit.app.worker.check()
    except RuntimeError as error:
        detail = f"{str(error).capitalize()}, so payments and notifications cannot be processed."
        raise ApiError(503, "Not ready", detail) from error
    return Health("ready", __version__)


class HealthAnswer(NamedTuple):
    """An HTTP status, a media type and a body."""

    status: int
    media: str
    body: bytes


def health_answer(app: Application, path: str) -> HealthAnswer:
    """The answer for `ALIVE_PATH` or `READY_PATH`."""
    try:
        record = _HANDLERS[path](Visit(app, {}, None, None))
    except ApiError as error:
        return HealthAnswer(error.problem.status, "application/problem+json", msgspec.json.encode(error.problem))
    return HealthAnswer(200, "application/json", msgspec.json.encode(record))


_HANDLERS = {ALIVE_PATH: _live, READY_PATH: _ready}
_FOR_PROBES = NoTool("It is for probes; a tool says itself if no sandbox answers.")
OPERATIONS = (
    Operation("GET", ALIVE_PATH.removeprefix(API), "Check whether the process is up.", _live, Health, tool=_FOR_PROBES),
    Operation("GET", READY_PATH.removeprefix(API), "Check whether the sandbox accepts payments.", _ready, Health,
              tool=_FOR_PROBES),
    Operation("GET", "/version", "Get the version of the sandbox.", _live, Health,
              tool=NoTool("The server of the tools has the same version.")),
)  # fmt: skip
