"""Fixtures that every test may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.app import Application, create_app
from mockserver.clock import FrozenClock
from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.helpers import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET_KEY = "sandbox-secret-key"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, seed="tests")


@pytest.fixture
def app(settings: Settings, clock: FrozenClock) -> Iterator[Application]:
    """A sandbox on a frozen clock, assembled but not started: due work runs when a test asks for it."""
    application = create_app(settings, "http://127.0.0.1:1", clock=clock)
    yield application
    application.close()


@pytest.fixture
def shop(app: Application, clock: FrozenClock) -> Shop:
    """A merchant of the unstarted sandbox."""
    return Shop(app, clock)


@pytest.fixture
def sandbox(settings: Settings, clock: FrozenClock) -> Iterator[Sandbox]:
    """A sandbox that serves over HTTP, on a frozen clock."""
    with Sandbox(settings, clock=clock) as running:
        yield running


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    """A merchant that acknowledges what verifies."""
    with Merchant(SECRET_KEY) as listening:
        yield listening
