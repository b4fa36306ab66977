"""A sandbox for tests: one that serves from a thread of this process, or one that runs elsewhere."""

from __future__ import annotations

import threading
import unittest
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from mockserver.api.accounts import NewAccount
from mockserver.client import YabandPay
from mockserver.server.readiness import wait_until_ready
from mockserver.server.server import open_server
from mockserver.settings import Settings
from mockserver.testing.account import open_account
from mockserver.testing.api import Api
from mockserver.testing.failure_report import Failures

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

    from mockserver.clock import Clock
    from mockserver.testing.account import MerchantAccount

_PATIENCE = 30.0


class RunningSandbox:
    """A sandbox that somebody else has started, such as a service container: entering waits until it is ready.

    `known_as` is the name by which it reaches this machine, where merchants of tests listen then, if it is on another.
    """

    def __init__(self, url: str, control_token: str = "", *, known_as: str = "", patience: float = _PATIENCE) -> None:
        """The sandbox at an address; `patience` is how many seconds to wait for it."""
        self.url = url.rstrip("/")
        self._token = control_token
        self._known_as = known_as
        self._patience = patience
        self._failures: Failures | None = None
        self._resources = ExitStack()

    def __enter__(self) -> RunningSandbox:
        """Wait until it is ready.

        Raises:
            NotReadyError: it is not in time.
        """
        wait_until_ready(self.url, self._patience)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    @cached_property
    def _api(self) -> Api:
        api = Api(self.url, self._token)
        self._resources.callback(api.close)
        return api

    def account(self, **wanted: Any) -> AbstractContextManager[MerchantAccount]:  # noqa: ANN401 - of NewAccount
        """A fresh account, dropped on leaving, which raises what went wrong in the sandbox's threads meanwhile.

        `wanted` are the fields of `mockserver.api.accounts.NewAccount`, such as `scenario` or `clock`.
        """
        return open_account(self._api, NewAccount(**wanted), self._failures, self._known_as)


class Sandbox(RunningSandbox):
    """A sandbox that serves from a thread of this process on a free port. Ready on entering, gone on leaving."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock | None = None) -> None:
        """Prepare; port 0 of the settings takes a free one, which is the default here."""
        self.settings = settings or Settings(port=0, tls_port=0)
        self._server = open_server(self.settings, clock=clock)
        self.app = self._server.app
        super().__init__(self.app.base_url, self.settings.control_token)
        self.secure_url = self.app.secure_url
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    @property
    def authority(self) -> bytes:
        """The certificate that clients have to trust for HTTPS (PEM), if one was made at the start."""
        return self._server.authority

    def __enter__(self) -> Sandbox:
        self._failures = Failures(self.app.secrets.text)
        self._failures.listen()
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._failures.close()
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._server.stop()
        self._thread.join()
        if self._failures is not None:
            self._failures.close()
        if self._failure is not None:
            raise self._failure

    def _serve(self) -> None:
        try:
            self._server.serve_until_stopped(self._ready.set)
        except BaseException as failure:  # noqa: BLE001 - it is raised again where the sandbox is entered
            self._failure = failure
            self._ready.set()

    def client(self) -> YabandPay:
        """A client of the sandbox's own account."""
        return YabandPay(self.settings.user, self.settings.secret_key, self.url)


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
