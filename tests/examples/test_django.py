"""The Django views."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
import requests

from tests.examples.running import open_shop
from tests.examples.selling import PATIENCE, Selling, Trading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox

pytestmark = pytest.mark.skipif(find_spec("django") is None, reason="needs Django, which the lock file pins")


@pytest.fixture(scope="module")
def trading(sandbox: Sandbox, folder: Path) -> Iterator[Trading]:
    with open_shop("django-view/shop.py", sandbox.url, folder) as (shop, printed):
        yield Trading(sandbox, shop, printed)


class TestDjangoShop(Selling):
    def test_only_the_shops_own_pages_may_buy(self, trading: Trading) -> None:
        assert requests.post(f"{trading.shop}/buy", timeout=PATIENCE).status_code == 403
