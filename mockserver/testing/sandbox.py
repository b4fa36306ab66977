"""Sandboxes for tests: one on a thread of this process, or a running one."""

from __future__ import annotations

import sys
import threading
import unittest
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from mockserver.api.accounts import NewAccount
from mockserver.durations import parse_duration
from mockserver.server.readiness import READY_TIMEOUT, wait_until_ready
from mockserver.server.server import open_server
from mockserver.settings import Settings
from mockserver.testing.account import client_of, open_account
from mockserver.testing.api import Api, duration
from mockserver.testing.failures import Failures
from mockserver.texts import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from mockserver.client import YabandPay
    from mockserver.clock import Clock
    from mockserver.testing.account import MerchantAccount
    from mockserver.testing.api import Duration

__tracebackhide__ = __unittest = True  # pytest and unittest show the line of the test instead


class RunningSandbox:
    """A sandbox that is already running, such as a service container; the `with` block waits until it is ready.

    `known_as` is the name by which a sandbox on another machine reaches the merchants of tests on this one.
    """

    def __init__(
        self,
        url: str,
        control_token: str = "",
        *,
        known_as: str = "",
        timeout: Duration = READY_TIMEOUT,
        strict: bool = False,
    ) -> None:
        """`timeout` is how long to wait until it is ready; `strict` is for all accounts made here."""
        self.url = url.rstrip("/")
        self._api = Api(self.url, control_token)
        self._known_as = known_as
        self._timeout = parse_duration(duration(timeout)) / 1000
        self.strict = strict
        self._failures: Failures | None = None
        self._resources = ExitStack()

    def __enter__(self) -> RunningSandbox:
        """Wait until it is ready.

        Raises:
            NotReadyError: it is not ready in time.
        """
        wait_until_ready(self.url, self._timeout)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    @contextmanager
    def account(self, *, strict: bool | None = None, **wanted: Any) -> Iterator[MerchantAccount]:  # noqa: ANN401 - of NewAccount
        """A new account, which is deleted at the end of the block; raises errors of the sandbox's threads.

        With `strict`, findings raise an error too, as `MerchantAccount.be_strict` says; by default as the sandbox is.
        `wanted` are the fields of `mockserver.api.accounts.NewAccount`, such as `scenario` or `clock`.
        """
        for name in wanted:
            if name not in NewAccount.__struct_fields__:
                meant = did_you_mean(name, NewAccount.__struct_fields__)
                raise TypeError(f"account() has no argument {name!r}{meant or '.'}")
        with open_account(self._api, NewAccount(**wanted), self._failures, self._known_as) as account:
            account.be_strict(strict=self.strict if strict is None else strict)
            yield account


class Sandbox(RunningSandbox):
    """A sandbox on a thread of this process, by default on a free port. It runs during the `with` block."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock | None = None, strict: bool = False) -> None:
        """Port 0 picks a free port, which is the default here. `strict` is as in the settings."""
        self.settings = settings or Settings(port=0, tls_port=0)
        self._server = open_server(self.settings, clock=clock)
        self.app = self._server.app
        super().__init__(self.app.base_url, self.settings.control_token, strict=strict or self.settings.strict)
        self.secure_url = self.app.secure_url
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    @property
    def authority(self) -> bytes:
        """The certificate authority that clients must trust for HTTPS (PEM), if one was created."""
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
        except BaseException as failure:  # noqa: BLE001 - raised again in __enter__
            self._failure = failure
            self._ready.set()

    def client(self) -> YabandPay:
        """A client of the sandbox's own account."""
        return client_of(self.settings.user, self.settings.secret_key, self.url, self._resources)


_PAY_DELAY = 20


def quick_settings() -> Settings:
    """The default settings for tests: free ports, no log, and payers who pay after 20 ms."""
    return Settings(port=0, tls_port=0, log="none", pay_delay=_PAY_DELAY)


class SandboxMixin(unittest.TestCase):
    """A mixin for TestCase that gives each test a separate `MerchantAccount`, `self.yabandpay`.

    The error of a failed test shows what happened in the account. Set `sandbox_settings` to change the settings of the
    class's sandbox, and `sandbox_strict` to have findings fail its tests.
    """

    sandbox_settings: ClassVar[Settings | None] = None
    sandbox_strict: ClassVar[bool] = False
    sandbox: ClassVar[Sandbox]
    yabandpay: MerchantAccount

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        resources = ExitStack()
        cls.sandbox = resources.enter_context(
            Sandbox(cls.sandbox_settings or quick_settings(), strict=cls.sandbox_strict)
        )
        cls.addClassCleanup(resources.close)

    def setUp(self) -> None:
        super().setUp()
        resources = ExitStack()
        self.yabandpay = resources.enter_context(self.sandbox.account(name=self.id()))
        self.addCleanup(resources.close)

    def _callTestMethod(self, method: Callable[[], object]) -> None:  # noqa: N802 - of unittest
        try:
            super()._callTestMethod(method)  # type: ignore[misc]
        except Exception as error:
            self._report(error)
            raise

    @contextmanager
    def subTest(self, *message: object, **parameters: object) -> Iterator[None]:  # noqa: N802 - of unittest
        """As `unittest.TestCase.subTest`."""
        with super().subTest(*message, **parameters):
            try:
                yield
            except Exception as error:
                self._report(error)
                raise

    def _report(self, error: Exception) -> None:
        """Add what happened in the account to an error."""
        if isinstance(error, unittest.SkipTest):
            return
        report = f"YabandPay sandbox\n{self.yabandpay.report()}"
        if sys.version_info >= (3, 11):
            error.add_note(report)
        else:
            error.args = (f"{error}\n{report}",)
