"""Every link and form of the dashboard leads somewhere: a crawler follows them from the first page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin

import requests

from tests.browser.conftest import create
from tests.helpers import signed

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox

CHANGING = r"(?<==)[^&]+|(?<=/)[\da-f]{8}-[-\da-f]+|(?<=/)\d+(?=/|$)|(?<=methods/)v3\..*"
"""What makes addresses of one page differ: values, ids, numbers and methods. One of each is enough."""


class Page(HTMLParser):
    """The links, the forms with their methods, and the ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: text or "" for name, text in attrs}
        self.ids.add(values.get("id", ""))
        address = values.get(
            "href" if tag in {"a", "link"} else "src" if tag in {"iframe", "img", "script"} else "", ""
        )
        if address:
            self.links.append(address)
        if tag == "form" and values.get("method", "get").lower() != "dialog":
            self.forms.append((values.get("method", "get").upper(), values.get("action", "")))


def test_every_link_and_form_leads_somewhere(sandbox: Sandbox, merchant: Merchant, clock: FrozenClock) -> None:
    create(sandbox, merchant, "TEA-1")
    requests.post(f"{sandbox.url}/Payments", data=signed(order_id="TEA-2", amount="0"), timeout=30)
    requests.post(f"{sandbox.url}/Payments", data=signed(order_id="TEA-3").replace(b"TEA-3", b"TEA-4"), timeout=30)
    clock.advance(1000)
    merchant.wait_for(1)
    pages, wrong = crawl(f"{sandbox.url}/_sandbox/")
    assert wrong == []
    assert {"stage", "orders", "requests", "notifications", "scenarios", "tour", "signature-tool"} <= {
        address.partition("?")[0].rpartition("/")[2] for address in pages
    }


def crawl(start: str) -> tuple[dict[str, Page], list[str]]:
    """The pages that links lead to from the first one, and the links and forms that lead nowhere."""
    waiting, seen, pages, wrong = [(start, start)], {re.sub(CHANGING, "#", start)}, dict[str, Page](), list[str]()
    while waiting:
        address, source = waiting.pop()
        answer = requests.get(address, headers={"Accept-Language": "en"}, timeout=30)
        if answer.status_code >= 400:
            wrong.append(f"{address} on {source}: {answer.status_code}")
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        pages[address] = Page(answer.text)
        for target, _ in links_of(address, pages[address], start):
            shape = re.sub(CHANGING, "#", target)
            if shape not in seen:
                seen.add(shape)
                waiting.append((target, address))
    return pages, [*wrong, *dead_fragments(pages, start), *dead_forms(pages)]


def links_of(address: str, page: Page, start: str) -> list[tuple[str, str]]:
    """The addresses of the dashboard that a page links to, with their fragments; not those of another language."""
    links = [urldefrag(urljoin(address, link)) for link in page.links]
    return [(one.url, unquote(one.fragment)) for one in links if one.url.startswith(start) and "lang=" not in one.url]


def dead_fragments(pages: dict[str, Page], start: str) -> list[str]:
    return [
        f"{target}#{fragment} on {address}"
        for address, page in pages.items()
        for target, fragment in links_of(address, page, start)
        if fragment and target in pages and fragment not in pages[target].ids
    ]


def dead_forms(pages: dict[str, Page]) -> list[str]:
    """The forms whose address does not take their method."""
    forms = {
        (method, urljoin(address, action)): address for address, page in pages.items() for method, action in page.forms
    }
    return [
        f"{method} {action} on {address}"
        for (method, action), address in forms.items()
        if method not in requests.options(action, timeout=30).headers.get("Allow", "")
    ]
