"""Gateways that differ from the sandbox in one planted behaviour, and a comparison with them over real HTTP."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver import identity
from mockserver.clock import SystemClock
from mockserver.compare.comparison import DIFFERS, Comparison, ask, compare, requests_for
from mockserver.compare.exchange import Answers, Mask, Subject
from mockserver.compare.sending import ask_sandbox, http_sender
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mockserver.app import Application
    from mockserver.gateway.request import Request

WRONG_SIGN = json.dumps({"user": USER, "method": "v3.X", "time": 1, "data": {"x": "1"}, "sign": "0" * 64}).encode()


def subject(trade_ids: tuple[str, ...] = (), order_ids: tuple[str, ...] = ()) -> Subject:
    return Subject(USER, SECRET_KEY, identity.new_seed(), trade_ids, order_ids)


@cache
def sandbox_answers() -> Answers:
    """What the sandbox itself answers, asked once for all tests, before anything is planted."""
    return ask_sandbox(subject(("a",), ("b",)))


def answers_of(url: str, about: Subject, *, creates: bool = True) -> Answers:
    with http_sender(url) as send:
        found = dict(ask(requests_for(about, creates=creates), about, send, SystemClock(), lambda: None))
    return Answers(found, Mask(about))


def compared(url: str, *, creates: bool = True, ours: Answers | None = None) -> Comparison:
    """The comparison of the gateway at an address."""
    ours = sandbox_answers() if ours is None else ours
    about = subject()
    return compare(ours, answers_of(url, about, creates=creates), about, creates=creates)


def differing(comparison: Comparison) -> set[str]:
    return {one.probe.title for one in comparison.results if one.status == DIFFERS}


class Body(NamedTuple):
    """What a planted rule looks at: the envelope of a request, its data, and the request itself."""

    envelope: dict[str, Any]
    request: Request

    @property
    def data(self) -> dict[str, Any]:
        return dict(self.envelope.get("data") or {})

    @property
    def method(self) -> str:
        return str(self.envelope.get("method", ""))

    @property
    def is_signed(self) -> bool:
        return self.envelope.get("sign") != "0" * 64

    @classmethod
    def of(cls, request: Request) -> Body:
        try:
            envelope = json.loads(request.body)
        except ValueError:
            envelope = None
        return cls(envelope if isinstance(envelope, dict) else {}, request)


def taken_as(app: Application, matches: Callable[[Body], bool], instead: Callable[[Body], bytes]) -> None:
    """Let the gateway answer matching requests as if another body had been sent."""
    begin = app.gateway.begin

    def begins(request: Request) -> Any:
        body = Body.of(request)
        is_meant = matches(body)
        return begin(
            request._replace(body=instead(body), path="/Payments", http_method="POST") if is_meant else request
        )

    app.gateway.begin = begins  # type: ignore[method-assign]


def answered_with(
    app: Application, matches: Callable[[Body], bool], change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> None:
    """Change the envelope of the answers to matching requests."""
    begin, answer = app.gateway.begin, app.gateway.answer

    def begins(request: Request) -> Any:
        if not matches(Body.of(request)):
            return begin(request)
        given = answer(request)
        if given.export is not None:
            return (
                given
                if change is not other_columns
                else given._replace(export=given.export._replace(pieces=iter([b"other,columns\n"])))
            )
        envelope = change(json.loads(given.body))
        return given._replace(body=json.dumps(envelope, ensure_ascii=False).encode())

    app.gateway.begin = begins  # type: ignore[method-assign]


def other_columns(envelope: dict[str, Any]) -> dict[str, Any]:
    """Other columns of a file, which has no envelope."""
    return envelope


@contextmanager
def gateway(
    plant: Callable[[Application], None] = lambda _app: None, profile: Path | None = None, **settings: Any
) -> Iterator[str]:
    """A gateway with a planted behaviour; its address."""
    with Sandbox(Settings(port=0, tls_port=0, log="none", profile=profile, **settings)) as sandbox:
        plant(sandbox.app)
        yield sandbox.url
