"""Sandboxes, accounts and merchants for tests and demonstrations.

    with Sandbox() as sandbox, sandbox.account() as account:
        payment = account.client.create_alipay_mini_payment(..., notify_url=account.merchant.url)
        account.wait_for("paid", trade_id=payment.trade_id)

The fixtures of `mockserver.pytest_plugin`, and `SandboxMixin` for unittest, use this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.server.readiness import NotReadyError, wait_until_ready
    from mockserver.testing.account import ClockControl, MerchantAccount
    from mockserver.testing.api import ApiRefusedError, NotAsExpectedError
    from mockserver.testing.failures import SandboxFailedError
    from mockserver.testing.merchant import Merchant, Received
    from mockserver.testing.sandbox import RunningSandbox, Sandbox, SandboxMixin
    from mockserver.testing.strict import FindingsError

__tracebackhide__ = True  # pytest shows the line of the test instead
__all__ = [
    "ApiRefusedError",
    "ClockControl",
    "FindingsError",
    "Merchant",
    "MerchantAccount",
    "NotAsExpectedError",
    "NotReadyError",
    "Received",
    "RunningSandbox",
    "Sandbox",
    "SandboxFailedError",
    "SandboxMixin",
    "wait_until_ready",
]

_MODULES = {
    "ApiRefusedError": "mockserver.testing.api",
    "ClockControl": "mockserver.testing.account",
    "FindingsError": "mockserver.testing.strict",
    "Merchant": "mockserver.testing.merchant",
    "MerchantAccount": "mockserver.testing.account",
    "NotAsExpectedError": "mockserver.testing.api",
    "NotReadyError": "mockserver.server.readiness",
    "Received": "mockserver.testing.merchant",
    "RunningSandbox": "mockserver.testing.sandbox",
    "Sandbox": "mockserver.testing.sandbox",
    "SandboxFailedError": "mockserver.testing.failures",
    "SandboxMixin": "mockserver.testing.sandbox",
    "wait_until_ready": "mockserver.server.readiness",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class or a function of a module
    """Import what is asked for, as the commands need the client of the API, and not a whole sandbox.

    Raises:
        AttributeError: there is nothing of this name.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
