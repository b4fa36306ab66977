"""The Django views."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
import requests

from tests.examples.running import EXAMPLES, serving
from tests.examples.selling import PATIENCE, Selling, Trading
from tests.machine import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox

pytestmark = pytest.mark.skipif(find_spec("django") is None, reason="needs Django, which the lock file pins")


@pytest.fixture(scope="module")
def trading(sandbox: Sandbox, folder: Path) -> Iterator[Trading]:
    port = free_port()
    shop = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(EXAMPLES / "django-view" / "shop.py"), "runserver", "--noreload", str(port)]
    with serving(command, port, folder, {"YABANDPAY_URL": sandbox.url, "SHOP_URL": shop}) as printed:
        yield Trading(sandbox, shop, printed)


class TestDjangoShop(Selling):
    def test_only_the_shops_own_pages_may_buy(self, trading: Trading) -> None:
        assert requests.post(f"{trading.shop}/buy", timeout=PATIENCE).status_code == 403
