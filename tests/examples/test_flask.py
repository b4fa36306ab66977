"""The Flask shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.examples.running import open_shop
from tests.examples.selling import Selling, Trading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox


@pytest.fixture(scope="module")
def trading(sandbox: Sandbox, folder: Path) -> Iterator[Trading]:
    with open_shop("flask-shop/shop.py", sandbox.url, folder) as (shop, printed):
        yield Trading(sandbox, shop, printed)


class TestFlaskShop(Selling):
    pass
