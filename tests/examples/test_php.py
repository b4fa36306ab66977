"""The PHP shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.examples.running import EXAMPLES, serving
from tests.examples.selling import Selling, Trading
from tests.machine import free_port, needs_php_with_curl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox


pytestmark = needs_php_with_curl


@pytest.fixture(scope="module")
def trading(sandbox: Sandbox, folder: Path) -> Iterator[Trading]:
    port = free_port()
    shop = f"http://127.0.0.1:{port}"
    command = ["php", "-S", f"127.0.0.1:{port}", str(EXAMPLES / "php-shop" / "shop.php")]
    variables = {"YABANDPAY_URL": sandbox.url, "SHOP_URL": shop, "PHP_CLI_SERVER_WORKERS": "4"}
    with serving(command, port, folder, variables) as printed:
        yield Trading(sandbox, shop, printed)


class TestPhpShop(Selling):
    pass
