"""A browser for the tests of pages: one for all of them, with a fresh profile for each test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import pytest

from tests.helpers import USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

    from mockserver.testing import Merchant, Sandbox

OWN = f"/_sandbox/accounts/{USER}"
PHONE, DESKTOP = 360, 1280
_HEIGHTS = {PHONE: 740, DESKTOP: 800}
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_PATIENCE = 10_000


class Visit(Protocol):
    """Opens a page of a browser that nobody has used yet."""

    def __call__(
        self, address: str = "", *, width: int = PHONE, language: str = "en-GB", scripts: bool = True
    ) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the browser's event loop goes on in this thread, where no other could run meanwhile."""
    here = Path(__file__).parent
    items.sort(key=lambda item: here in item.path.parents)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(program).exists():
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, sandbox: Sandbox) -> Iterator[Visit]:  # noqa: ARG001 - it must outlive the pages
    """Opens pages; in the end nothing may have gone wrong on them, and nothing been loaded from elsewhere."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Pages that refuse something say so by their status, and the shop of a test has no icon.
        expected = "status of 4" in message.text or "favicon" in message.location["url"]
        if message.type in {"error", "warning"} and not expected:
            wrong.append(message.text)

    def open_page(address: str = "", *, width: int = PHONE, language: str = "en-GB", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": _HEIGHTS[width]}, locale=language, java_script_enabled=scripts
        )
        contexts.append(context)
        context.set_default_timeout(_PATIENCE)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: None if _is_local(request.url) else wrong.append(request.url))
        if address:
            page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def create(sandbox: Sandbox, merchant: Merchant, order_id: str, **changes: Any) -> str:
    """The trade_id of a new payment that the merchant is notified of."""
    order = {"amount": "24.99", "currency": "EUR", "description": "Tea", "notify_url": merchant.url, **changes}
    return sandbox.client().create_alipay_mini_payment(order_id=order_id, **order).trade_id


def resize(page: Page, width: int) -> None:
    """Show an open page on a screen of another width."""
    page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})


def _is_local(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "data" or parts.hostname in {"127.0.0.1", "shop.example"}
