"""Every scenario that a payment can play, through a PHP shop in the manner of the published library (protocol.md 6, C1).

It knows no header and no control API: its orders ask by their amounts, and it judges answers and notifications as the
library does, in PHP.
"""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.testing import Merchant
from tests.helpers import SECRET_KEY, USER
from tests.machine import needs_php_with_curl
from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.scenarios.scenario import Scenario
    from mockserver.testing import Sandbox

pytestmark = needs_php_with_curl

BUYS = """
[, $url, $user, $secret, $amount, $order, $notify] = $argv;
$data = ['pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => $order, 'amount' => (float) $amount,
  'currency' => 'EUR', 'description' => 'Tea & cake', 'timeout' => 0, 'redirect_url' => 'https://shop.example/back',
  'notify_url' => $notify, 'ideal_email' => '', 'post_email' => '', 'demo' => 'php', 'cancel_url' => ''];
$request = ['user' => $user, 'time' => 1732672545, 'method' => 'v3.CreatePayments', 'data' => $data];
$all = array_merge($request, $data);
unset($all['data']);
ksort($all);
$parts = [];
foreach ($all as $key => $value) { $parts[] = $key . '=' . $value; }
$request['sign'] = hash_hmac('sha256', implode('&', $parts), $secret);
$curl = curl_init($url . '/Payments');
curl_setopt_array($curl, [CURLOPT_POST => true, CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 7,
  CURLOPT_POSTFIELDS => json_encode($request, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES)]);
$body = curl_exec($curl);
if ($body === false) { exit('curl: ' . curl_errno($curl)); }
$answer = json_decode($body, true);
if (!is_array($answer)) { exit('no answer of the gateway'); }
if ($answer['status'] !== true || empty($answer['data'])) { exit('refused: ' . $answer['message']); }
echo 'redirect: ' . $answer['data']['url'];
"""

NOTICES = """
[, $secret, $body] = $argv;
$received = json_decode(preg_replace('/^resultData=/', '', urldecode($body)), true);
if (empty($received['sign']) || empty($received['data'])) { exit('bad'); }
$data = $received['data'];
ksort($data);
$parts = [];
foreach ($data as $key => $value) { $parts[] = $key . '=' . $value; }
if (hash_hmac('sha256', implode('&', $parts), $secret) !== $received['sign']) { exit('bad'); }
echo $data['state'], ' ', $data['order_id'];
"""

GOT_RESET, GOT_NOTHING, GOT_PART, RAN_OUT_OF_TIME = (f"curl: {number}" for number in (56, 52, 18, 28))
OUTCOMES = {
    "reset-nothing-created": GOT_RESET,
    "reset-but-created": GOT_RESET,
    "answer-lost": GOT_NOTHING,
    "never-answered": RAN_OUT_OF_TIME,
    "truncated-answer": GOT_PART,
    "empty-answer": "no answer of the gateway",
    "garbled-answer": "no answer of the gateway",
    "bad-gateway": "no answer of the gateway",
    "unavailable": "no answer of the gateway",
    "server-error": "refused: Internal error",
    "too-many-requests": "refused: Internal error",
    "third-time-lucky": "refused: Internal error",
}
ASKED_BY_AMOUNT = [scenario for scenario in SHIPPED_SCENARIOS if scenario.amount is not None]


def php(program: str, *arguments: str) -> str:
    return subprocess.run(["php", "-r", program, "--", *arguments], capture_output=True, text=True, check=True).stdout


def outcome_of(scenario: Scenario) -> str:
    """What the shop makes of the answer to its request."""
    refusal = f"refused: {REFUSAL_MESSAGES[scenario.code]}" if scenario.code else "redirect: "
    return OUTCOMES.get(scenario.name, refusal)


def test_every_scenario_is_met_by_a_php_shop(sandbox: Sandbox, clock: FrozenClock) -> None:
    with Merchant(SECRET_KEY) as merchant, ThreadPoolExecutor(12) as shoppers:
        till = Till(sandbox, clock, merchant)

        def buy(scenario: Scenario) -> str:
            amount = f"{(scenario.amount or 0) / 100:.2f}"
            return php(BUYS, sandbox.url, USER, SECRET_KEY, amount, f"wc-{scenario.name}", merchant.url)

        met = dict(zip((one.name for one in ASKED_BY_AMOUNT), shoppers.map(buy, ASKED_BY_AMOUNT), strict=True))
        wrong = {one.name: met[one.name] for one in ASKED_BY_AMOUNT if not met[one.name].startswith(outcome_of(one))}
        assert wrong == {}
        for _ in range(3):
            till.pass_time(10 * 60 * 1000)
        bodies = [received.body.decode() for received in merchant.received]
        noticed = list(shoppers.map(lambda body: php(NOTICES, SECRET_KEY, body), bodies))
    assert len({body for body, text in zip(bodies, noticed, strict=True) if text == "bad"}) == 1, (
        "the wrongly signed one"
    )
    paid = {text.removeprefix("paid wc-") for text in noticed if text.startswith("paid wc-")}
    assert paid >= {"success", "review", "initiated", "late-payment", "paid-after-close", "notified-by-form"}
    assert paid.isdisjoint({"declined", "never-notified", "notified-with-wrong-signature", "never-paid"})
    assert "expired wc-expired" in noticed
    assert noticed.count("paid wc-notified-twice") == noticed.count("paid wc-notified-twice-at-once") == 2
