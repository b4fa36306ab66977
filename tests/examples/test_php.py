"""The PHP shop."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.examples.running import EXAMPLES, free_port, serving
from tests.examples.selling import Selling, Trading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Sandbox


def _has_php_with_curl() -> bool:
    if shutil.which("php") is None:
        return False
    return "curl" in subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()


pytestmark = pytest.mark.skipif(
    not _has_php_with_curl(), reason="needs PHP's command line with curl, such as Debian's php-cli and php-curl"
)


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
