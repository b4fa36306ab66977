"""A sandbox for the tests of a file, and an account for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.api.calling import Api, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """One sandbox for all tests, which have accounts of their own."""
    with Sandbox(Settings(port=0, seed="tests")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def api(running: Sandbox) -> Api:
    return Api(running)


@pytest.fixture
def tenant(api: Api) -> Tenant:
    return Tenant(api)
