"""Requests signed by PHP itself, in the ways of the published PHP clients (protocol.md 6, C1 and C6).

Each program signs with its own few lines, so it is an independent check of the signature.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import SECRET_KEY, USER, answer

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock

pytestmark = pytest.mark.skipif(
    shutil.which("php") is None, reason="needs PHP's command line, such as Debian's php-cli"
)

# Sorts with ksort, joins, keeps empty values, writes slashes and Unicode unescaped.
KEEPS_EMPTY_VALUES = """
$all = array_merge($request, $request['data']);
unset($all['data']);
ksort($all);
$parts = [];
foreach ($all as $key => $value) { $parts[] = $key . '=' . $value; }
$request['sign'] = hash_hmac('sha256', implode('&', $parts), $secret);
echo json_encode($request, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
"""

# Drops what PHP calls empty, and escapes slashes and Unicode.
DROPS_EMPTY_VALUES = """
$all = array_filter($request['data'] + ['user' => $request['user'], 'method' => $request['method'], 'time' => $request['time']]);
ksort($all, SORT_STRING);
$text = urldecode(http_build_query($all));
$request['sign'] = hash_hmac('sha256', $text, $secret);
echo json_encode($request);
"""

# Verifies the way of the first, taking the body from its first argument.
VERIFIES = """
$received = json_decode(urldecode($body), true);
$data = $received['data'];
if ($drop) { $data = array_filter($data); }
ksort($data);
$parts = [];
foreach ($data as $key => $value) { $parts[] = $key . '=' . $value; }
echo hash_hmac('sha256', implode('&', $parts), $secret) === $received['sign'] ? 'ok' : 'bad';
"""

PLUGIN_DATA = """[
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'shop-1', 'amount' => %s, 'currency' => 'EUR',
    'description' => '茶 & cups/saucers', 'timeout' => 0, 'redirect_url' => 'https://shop.example/back?a=1&b=2',
    'notify_url' => 'https://shop.example/notify', 'ideal_email' => '', 'post_email' => '', 'demo' => %s, 'cancel_url' => '',
]"""


def php(code: str, *arguments: str) -> str:
    prelude = f"$secret = '{SECRET_KEY}';"
    return subprocess.run(["php", "-r", prelude + code, *arguments], capture_output=True, text=True, check=True).stdout


def signed_by_php(program: str, amount: str = "24.99", demo: str = "''") -> bytes:
    data = PLUGIN_DATA % (amount, demo)
    head = f"['user' => '{USER}', 'time' => time(), 'method' => 'v3.CreatePaymentsAlipayMiniPay', 'data' => {data}]"
    return php(f"$request = {head};{program}").encode()


@pytest.mark.parametrize("program", [KEEPS_EMPTY_VALUES, DROPS_EMPTY_VALUES], ids=["kept", "dropped"])
@pytest.mark.parametrize(
    "amount", ["24.99", "'24.99'", "12.0", "12", "0.1 + 0.2", "1 / 3 * 3", "19.99 * 100 / 100", "100.01"]
)
def test_what_a_php_client_signs_is_accepted(app: Application, program: str, amount: str) -> None:
    envelope = answer(app, signed_by_php(program, amount))
    assert envelope["status"] is True, envelope
    assert envelope["data"]


@pytest.mark.parametrize(
    "demo", ["''", "'mine'", """json_encode(['magento_order_id' => 7, 'cancel_url' => 'https://x.example/c'])"""]
)
@pytest.mark.parametrize("drop", ["true", "false"])
def test_a_php_client_verifies_the_notification(app: Application, clock: FrozenClock, demo: str, drop: str) -> None:
    trade_id = answer(app, signed_by_php(KEEPS_EMPTY_VALUES, demo=demo))["data"]["trade_id"]
    clock.advance(1000)
    app.worker.run_due(USER)
    with app.store.unit(USER) as unit:
        body = unit.notifications(trade_id)[0].body.decode()
    verify = f"$drop = {drop}; $body = $argv[1];{VERIFIES}"
    assert php(verify, body) == "ok"
    assert php(verify, body.replace("24.99", "99.24")) == "bad"
    data: dict[str, Any] = json.loads(body)["data"]
    assert data["description"] == "茶 & cups/saucers"
