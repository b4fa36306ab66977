"""The Flask shop."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.examples.running import EXAMPLES, serving
from tests.examples.selling import Selling, Trading
from tests.machine import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox


@pytest.fixture(scope="module")
def trading(sandbox: Sandbox, folder: Path) -> Iterator[Trading]:
    port = free_port()
    shop = f"http://127.0.0.1:{port}"
    app = str(EXAMPLES / "flask-shop" / "shop.py")
    command = [sys.executable, "-m", "flask", "--app", app, "run", "--port", str(port)]
    with serving(command, port, folder, {"YABANDPAY_URL": sandbox.url, "SHOP_URL": shop}) as printed:
        yield Trading(sandbox, shop, printed)


class TestFlaskShop(Selling):
    pass
