"""An open dashboard hears of changes, and of nothing else."""

from __future__ import annotations

import threading
from queue import Queue
from typing import TYPE_CHECKING

import pytest
import requests

from tests.helpers import USER, create, query

if TYPE_CHECKING:
    from mockserver.testing import Sandbox

PATIENCE = 30
DASHBOARD = f"/_sandbox/accounts/{USER}"
API = f"/_sandbox/api/accounts/{USER}"


class Tab:
    """An open page that listens."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.heard: Queue[str] = Queue()
        self._stream = requests.get(f"{sandbox.url}/_sandbox/live/{USER}", stream=True, timeout=PATIENCE)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.next()  # what has happened since the page was made

    def _listen(self) -> None:
        for line in self._stream.iter_lines():
            if line.startswith(b"data:"):
                self.heard.put(line.decode())
        self.heard.put("the stream has ended")

    def next(self) -> str:
        return self.heard.get(timeout=PATIENCE)


@pytest.fixture
def tab(sandbox: Sandbox) -> Tab:
    create(sandbox.app)
    return Tab(sandbox)


@pytest.mark.parametrize(
    "paths",
    [
        [f"{DASHBOARD}/{page}" for page in ("orders", "requests", "notifications")],
        [f"{API}/{what}" for what in ("payments", "exchanges", "notifications", "bundle", "clock", "scenarios")],
        ["/_sandbox/", "/_sandbox/api/health/ready", "/_sandbox/api/metrics"],
    ],
    ids=["dashboard", "api", "others"],
)
def test_reading_is_no_news(sandbox: Sandbox, tab: Tab, paths: list[str]) -> None:
    commits: list[str] = []
    sandbox.app.store.on_commit(lambda user, _at: commits.append(user))
    for path in paths * 5:
        assert requests.get(sandbox.url + path, timeout=PATIENCE).status_code == 200, path
    assert commits == []
    assert tab.heard.empty()
    create(sandbox.app, order_id="news")
    assert tab.next() == "data: changed"


def test_every_change_is_news(sandbox: Sandbox, tab: Tab) -> None:
    trade_id = create(sandbox.app, order_id="a")["data"]["trade_id"]
    assert tab.next() == "data: changed"
    query(sandbox.app, trade_id)  # which the journal keeps
    assert tab.next() == "data: changed"
    requests.patch(sandbox.url + API, json={"name": "Shop"}, timeout=PATIENCE)
    assert tab.next() == "data: changed"
    requests.post(f"{sandbox.url}{API}/reset", json={}, timeout=PATIENCE)
    assert tab.next() == "data: changed"


def test_a_listening_page_notices_that_the_sandbox_stops(sandbox: Sandbox, tab: Tab) -> None:
    sandbox._server.stop()
    while (heard := tab.next()) == "data: changed":
        pass
    assert heard == "the stream has ended"
