"""The same for unittest: a sandbox for each class, a fresh account for each test."""

from __future__ import annotations

import unittest
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

from mockserver.settings import Settings
from mockserver.testing.sandbox import Sandbox

if TYPE_CHECKING:
    from mockserver.testing.account import MerchantAccount

_PAY_DELAY = 20


def quick_settings() -> Settings:
    """What tests start with unless they say otherwise: free ports, no log, and payers who decide at once."""
    return Settings(port=0, tls_port=0, log="none", pay_delay=_PAY_DELAY)


class SandboxMixin(unittest.TestCase):
    """Gives each test `self.yabandpay`, a `MerchantAccount` of its own; mix it into a TestCase.

    Set `sandbox_settings` to start the sandbox of the class differently.
    """

    sandbox_settings: ClassVar[Settings | None] = None
    sandbox: ClassVar[Sandbox]
    yabandpay: MerchantAccount

    @classmethod
    def setUpClass(cls) -> None:
        """Start the sandbox."""
        super().setUpClass()
        resources = ExitStack()
        cls.sandbox = resources.enter_context(Sandbox(cls.sandbox_settings or quick_settings()))
        cls.addClassCleanup(resources.close)

    def setUp(self) -> None:
        """Make an account for the test."""
        super().setUp()
        resources = ExitStack()
        self.yabandpay = resources.enter_context(self.sandbox.account(name=self.id()))
        self.addCleanup(resources.close)
