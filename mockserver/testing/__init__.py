"""Sandboxes, accounts and merchants for tests and demonstrations.

    with Sandbox() as sandbox, sandbox.account() as account:
        payment = account.client.create_alipay_mini_payment(..., notify_url=account.merchant.url)
        account.wait_for("paid", trade_id=payment.trade_id)

The fixtures of `mockserver.pytest_plugin`, and `SandboxMixin` for unittest, use this package.
"""

from __future__ import annotations

from mockserver.server.readiness import NotReadyError, wait_until_ready
from mockserver.testing.account import ClockControl, MerchantAccount
from mockserver.testing.api import ApiRefusedError, NotAsExpectedError
from mockserver.testing.failure_report import SandboxFailedError
from mockserver.testing.merchant import Merchant, Received
from mockserver.testing.sandbox import RunningSandbox, Sandbox, SandboxMixin
from mockserver.testing.strict import FindingsError

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
