"""A client that leaves while an operation begins to wait for it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from mockserver.server.responder import Responder
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.sockets import connect, wait_until

if TYPE_CHECKING:
    import pytest


def test_a_wait_of_a_client_that_leaves_before_it_begins_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    begins, left = threading.Event(), threading.Event()
    leave = Responder.client_left

    def client_left(responder: Responder) -> None:
        leave(responder)
        left.set()

    monkeypatch.setattr(Responder, "client_left", client_left)
    with Sandbox(Settings(port=0, log="none")) as sandbox:
        waits, user = sandbox.app.waits, sandbox.settings.user
        wait_for = waits.wait_for

        def late(*arguments: Any) -> Any:
            begins.set()
            left.wait()
            return wait_for(*arguments)

        monkeypatch.setattr(waits, "wait_for", late)
        body = json.dumps({"what": {"type": "requests"}, "timeout": "10m"}).encode()
        head = f"POST /_sandbox/api/accounts/{user}/wait HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        client = connect(sandbox.url)
        client.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        begins.wait()
        client.close()
        wait_until(lambda: waits._number == 1 and not waits._waits.get(user))
