"""The pytest plug-in: a sandbox for the test session, and a separate account for each test.

pytest loads it wherever the package is installed, so it imports `mockserver.testing` only when a fixture is used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mockserver.settings import Settings
    from mockserver.testing import MerchantAccount, RunningSandbox

__tracebackhide__ = True  # pytest shows the line of the test instead
_ACCOUNT = pytest.StashKey["MerchantAccount"]()
_URL_VARIABLE = "YABANDPAY_MOCK_URL"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flags for tests against a running sandbox."""
    group = parser.getgroup("yabandpay", "YabandPay sandbox")
    group.addoption(
        "--yabandpay-sandbox",
        metavar="URL",
        default=os.environ.get(_URL_VARIABLE, ""),
        help=f"use the running sandbox at this URL instead of starting one (also: {_URL_VARIABLE})",
    )
    group.addoption(
        "--yabandpay-control-token",
        metavar="TOKEN",
        default="",
        help="control token of the running sandbox, if it has one",
    )
    group.addoption(
        "--yabandpay-merchant-host",
        metavar="NAME",
        default="",
        help="name by which the running sandbox reaches the merchants of tests, such as host.docker.internal",
    )
    group.addoption(
        "--yabandpay-strict",
        action="store_true",
        help="fail tests with hints, refused requests, unknown addresses or unused scenarios (also: yabandpay_strict)",
    )
    parser.addini("yabandpay_strict", "as --yabandpay-strict", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that makes a test strict, or not."""
    config.addinivalue_line(
        "markers", "yabandpay_strict(strict=True): whether findings of the YabandPay sandbox fail the test"
    )


@pytest.fixture(scope="session")
def yabandpay_settings() -> Settings:
    """The settings of the session's sandbox; override this fixture in a conftest.py to change them."""
    from mockserver.testing.sandbox import quick_settings  # noqa: PLC0415 - imported only when it is used

    return quick_settings()


@pytest.fixture(scope="session")
def yabandpay_sandbox(request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    """The sandbox of the session: one in this process, or the running one of --yabandpay-sandbox."""
    from mockserver.testing import RunningSandbox, Sandbox  # noqa: PLC0415 - as above

    options = request.config.option
    strict = _is_strict(request.config)
    if options.yabandpay_sandbox:
        chosen = RunningSandbox(
            options.yabandpay_sandbox,
            options.yabandpay_control_token,
            known_as=options.yabandpay_merchant_host,
            strict=strict,
        )
    else:
        chosen = Sandbox(request.getfixturevalue("yabandpay_settings"), strict=strict)
    with chosen as sandbox:
        yield sandbox


def _is_strict(config: pytest.Config) -> bool:
    return bool(config.option.yabandpay_strict or config.getini("yabandpay_strict"))


@pytest.fixture
def yabandpay(yabandpay_sandbox: RunningSandbox, request: pytest.FixtureRequest) -> Iterator[MerchantAccount]:
    """A merchant account for this test alone: url, user, secret_key, client, merchant, clock, use, wait_for."""
    marker = request.node.get_closest_marker("yabandpay_strict")
    strict = None if marker is None else bool((*marker.args, *marker.kwargs.values(), True)[0])
    with yabandpay_sandbox.account(name=request.node.nodeid, strict=strict) as account:
        request.node.stash[_ACCOUNT] = account
        yield account


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test if the sandbox had an internal error during it, or if it is strict and there are findings."""
    result = yield
    account = item.stash.get(_ACCOUNT, None)
    if account is not None:
        account.check()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the account's events to the report of a failed test."""
    report = yield
    account = item.stash.get(_ACCOUNT, None)
    if account is not None and call.when == "call" and report.failed:
        report.sections.append(("YabandPay sandbox", account.report()))
        account.be_strict(strict=False)  # it has failed already
    return report
