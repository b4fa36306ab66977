"""The pytest plugin: a sandbox for the test session, and an account of its own for each test.

It is loaded wherever the package is installed, so it imports nothing that a session without these fixtures would wait
for. What it offers is a skin over `mockserver.testing`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mockserver.settings import Settings
    from mockserver.testing import MerchantAccount, RunningSandbox

_ACCOUNT = pytest.StashKey["MerchantAccount"]()
_URL_VARIABLE = "YABANDPAY_SANDBOX"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Flags for tests against a sandbox that runs already."""
    group = parser.getgroup("yabandpay", "YabandPay sandbox")
    group.addoption(
        "--yabandpay-sandbox",
        metavar="URL",
        default=os.environ.get(_URL_VARIABLE, ""),
        help=f"use the sandbox that runs there instead of starting one (also: {_URL_VARIABLE})",
    )
    group.addoption("--yabandpay-control-token", metavar="TOKEN", default="", help="its control token, if it has one")
    group.addoption(
        "--yabandpay-merchant-host",
        metavar="NAME",
        default="",
        help="the name by which it reaches this machine, where merchants of tests listen, such as host.docker.internal",
    )


@pytest.fixture(scope="session")
def yabandpay_settings() -> Settings:
    """How the session's sandbox is started; override it in a conftest.py to have it started differently."""
    from mockserver.testing.sandbox import quick_settings  # noqa: PLC0415 - imported by those who use it only

    return quick_settings()


@pytest.fixture(scope="session")
def yabandpay_sandbox(request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    """The sandbox of the session: started in this process, or the one named by --yabandpay-sandbox."""
    from mockserver.testing import RunningSandbox, Sandbox  # noqa: PLC0415 - as above

    options = request.config.option
    if options.yabandpay_sandbox:
        chosen = RunningSandbox(
            options.yabandpay_sandbox, options.yabandpay_control_token, known_as=options.yabandpay_merchant_host
        )
    else:
        chosen = Sandbox(request.getfixturevalue("yabandpay_settings"))
    with chosen as sandbox:
        yield sandbox


@pytest.fixture
def yabandpay(yabandpay_sandbox: RunningSandbox, request: pytest.FixtureRequest) -> Iterator[MerchantAccount]:
    """A merchant's account that nothing else uses: url, user, secret_key, client, merchant, clock, use, wait_for."""
    with yabandpay_sandbox.account(name=request.node.nodeid) as account:
        request.node.stash[_ACCOUNT] = account
        yield account


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the test during which the sandbox itself failed."""
    result = yield
    account = item.stash.get(_ACCOUNT, None)
    if account is not None:
        account.check()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with a failed test what happened in its account."""
    report = yield
    account = item.stash.get(_ACCOUNT, None)
    if account is not None and call.when == "call" and report.failed:
        report.sections.append(("YabandPay sandbox", account.report()))
    return report
