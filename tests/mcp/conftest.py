"""A sandbox, and an assistant whose server works with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.testing import Sandbox
from mockserver.testing.sandbox import quick_settings
from tests.mcp.assistant import Assistant, assistant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.testing import MerchantAccount


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(quick_settings()) as running:
        yield running


@pytest.fixture(scope="module")
def server(sandbox: Sandbox) -> Iterator[Assistant]:
    with assistant("--url", sandbox.url, "--no-start") as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[MerchantAccount]:
    with sandbox.account() as one:
        yield one


@pytest.fixture
def coder(server: Assistant, account: MerchantAccount) -> Assistant:
    """An assistant that works with an account of its own."""
    return server.of(account.user)
