"""Clients that know nothing but https://mapi.yabandpay.com, where that name leads to the sandbox, on port 443.

No client is given anything but which authority to trust. The name is an entry of /etc/hosts, which only processes in a
namespace of their own see; making one needs root on Linux.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from mockserver.client import signed_request
from mockserver.gateway.example import documented_request
from tests.helpers import SECRET_KEY, USER
from tests.machine import LOOPBACK_UP, NAMESPACE, needs_namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = needs_namespaces

INSIDE = f"""
{LOOPBACK_UP}
import os, subprocess, sys
subprocess.run(["mount", "--bind", sys.argv[1], "/etc/hosts"], check=True)
os.execv(sys.executable, [sys.executable, "-m", "mockserver", "serve", *sys.argv[2:]])
"""


class Aliased:
    """A sandbox to which the gateway's name leads, and the commands that are run beside it."""

    def __init__(self, server: subprocess.Popen[bytes], authority: Path) -> None:
        self.server = server
        self.authority = authority

    def run(self, *command: str, text: str = "", **environment: str) -> str:
        beside = ["nsenter", f"--target={self.server.pid}", "--mount", "--net", *command]
        known = {
            name: value for name, value in os.environ.items() if not name.endswith(("_CA_BUNDLE", "_FILE", "_proxy"))
        }
        done = subprocess.run(
            beside, input=text, capture_output=True, text=True, check=False, env={**known, **environment}
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def aliased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aliased]:
    folder = tmp_path_factory.mktemp("alias")
    (folder / "hosts").write_text("127.0.0.1 localhost mapi.yabandpay.com\n", encoding="utf-8")
    ready, authority = folder / "ready", folder / "ca.pem"
    options = ["--port", "0", "--tls", "--tls-port", "443", "--ca-file", str(authority), "--ready-file", str(ready)]
    command = [*NAMESPACE, sys.executable, "-c", INSIDE, str(folder / "hosts"), *options, "--log", "none"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        while not ready.exists():
            assert server.poll() is None
            threading.Event().wait(0.01)
        yield Aliased(server, authority)
        server.terminate()
    assert server.returncode == 0


def test_curl_reaches_it(aliased: Aliased) -> None:
    body = signed_request(documented_request(USER), SECRET_KEY).decode()
    command = [
        "curl",
        "--silent",
        "--cacert",
        str(aliased.authority),
        "https://mapi.yabandpay.com/Payments",
        "-d",
        "@-",
    ]
    assert '"code":"200"' in aliased.run(*command, text=body)


def test_the_reference_client_reaches_it_without_an_address(aliased: Aliased) -> None:
    program = f"""
from mockserver.client import YabandPay
client = YabandPay("{USER}", "{SECRET_KEY}")
order = dict(order_id="PAID-1", amount="1", currency="EUR", description="Tea", notify_url="https://www.yabandpay.com/notify")
print(client.url, client.query_order(client.create_payment("iDEAL", **order).trade_id).state)
"""
    printed = aliased.run(sys.executable, "-c", program, REQUESTS_CA_BUNDLE=str(aliased.authority))
    assert printed.split()[0] == "https://mapi.yabandpay.com/Payments"
    assert printed.split()[1] in {"processing", "paid"}


# As the published library does it (protocol.md 6, C1): nothing is set but what curl needs to post.
PHP_CLIENT = """
$curl = curl_init('https://mapi.yabandpay.com/Payments');
curl_setopt($curl, CURLOPT_POST, 1);
curl_setopt($curl, CURLOPT_POSTFIELDS, stream_get_contents(STDIN));
curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
$body = curl_exec($curl);
echo $body === false ? curl_error($curl) : $body;
"""


@pytest.mark.skipif(shutil.which("php") is None, reason="needs PHP's command line with curl")
def test_a_php_plug_in_reaches_it_unchanged(aliased: Aliased) -> None:
    body = signed_request(documented_request(USER), SECRET_KEY).decode()
    trusting = aliased.run("php", "-d", f"curl.cainfo={aliased.authority}", "-r", PHP_CLIENT, text=body)
    assert '"code":"200"' in trusting
    assert "certificate" in aliased.run("php", "-r", PHP_CLIENT, text=body)
