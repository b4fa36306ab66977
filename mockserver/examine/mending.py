"""The lines that mend a shop, by what they cure, in the languages that merchants write.

`data` are the parameters of the notification, `order` is the shop's own record, and `db` a database connection.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("PHP", "JavaScript", "Python")

_VERIFY = {
    "PHP": """
$body = json_decode(file_get_contents('php://input'), true);
$data = $body['data'] ?? null;
if (!is_array($data) || !is_string($body['sign'] ?? null)) { http_response_code(400); exit('bad'); }
ksort($data, SORT_STRING);                    // every field, also unknown ones
$parts = [];
foreach ($data as $key => $value) { $parts[] = "$key=" . (is_array($value) ? json_encode($value, 320) : $value); }
$sign = hash_hmac('sha256', implode('&', $parts), $secretKey);
if (!hash_equals($sign, $body['sign'])) { http_response_code(400); exit('bad'); }
if ($data['user'] !== $ownUser) { http_response_code(400); exit('bad'); }""",
    "JavaScript": """
const { data, sign } = JSON.parse(body);
const text = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''));
const signed = Object.keys(data).sort().map((key) => `${key}=${text(data[key])}`).join('&'); // every field
const right = createHmac('sha256', secretKey).update(signed).digest();
const given = Buffer.from(String(sign), 'hex');
const verified = given.length === right.length && timingSafeEqual(given, right) && data.user === ownUser;
if (!verified) return response.status(400).send('bad');""",
    "Python": """
body = json.loads(request.get_data())
data, sign = body["data"], str(body.get("sign", ""))
signed = "&".join(f"{key}={data[key]}" for key in sorted(data))  # every field, also unknown ones
right = hmac.new(secret_key.encode(), signed.encode(), hashlib.sha256).hexdigest()
if not hmac.compare_digest(right.encode(), sign.encode()) or data["user"] != own_user:
    return "bad", 400""",
}
_COMPARE = {
    "PHP": """
$same = bccomp($data['amount'], $order['amount'], 2) === 0 && $data['currency'] === $order['currency'];
if (!$same) { holdForAPerson($order, $data); exit('ok'); }  // stored, and nothing is shipped""",
    "JavaScript": """
const cents = (amount) => Math.round(Number(amount) * 100);
const same = cents(data.amount) === cents(order.amount) && data.currency === order.currency;
if (!same) { await holdForAPerson(order, data); return response.send('ok'); } // stored, and nothing is shipped""",
    "Python": """
same = Decimal(data["amount"]) == order.amount and data["currency"] == order.currency
if not same:
    hold_for_a_person(order, data)  # stored, and nothing is shipped
    return "ok\"""",
}
_ONCE = {
    "PHP": """
$db->beginTransaction();
$row = $db->prepare("UPDATE orders SET state = 'paid' WHERE id = ? AND state NOT IN ('paid', 'refunded')");
$row->execute([$order['id']]);
if ($row->rowCount() === 1) { ship($order); }  // only the first of several copies changes a row
$db->commit();
exit('ok');""",
    "JavaScript": """
const changes = "UPDATE orders SET state = 'paid' WHERE id = ? AND state NOT IN ('paid', 'refunded')";
const changed = await db.run(changes, order.id);
if (changed === 1) await ship(order); // only the first of several copies changes a row
return response.send('ok');""",
    "Python": """
with db:  # one transaction
    changed = db.execute(
        "UPDATE orders SET state = 'paid' WHERE id = ? AND state NOT IN ('paid', 'refunded')", [order.id]
    ).rowcount
    if changed == 1:  # only the first of several copies changes a row
        ship(order)
return "ok\"""",
}
_STATES = {
    "PHP": """
$later = ['open' => ['paid', 'closed', 'held'], 'closed' => ['paid'], 'held' => ['paid', 'closed'],
          'paid' => ['refunded']];
$new = ['paid' => 'paid', 'verify' => 'held', 'declined' => 'closed', 'failed' => 'closed', 'expired' => 'closed',
        'cancelled' => 'closed'][$data['state']] ?? null;
if ($new !== null && in_array($new, $later[$order['state']] ?? [], true)) { setState($order, $new); }
exit('ok');  // an older state changes nothing""",
    "JavaScript": """
const later = { open: ['paid', 'closed', 'held'], closed: ['paid'], held: ['paid', 'closed'], paid: ['refunded'] };
const meaning = { paid: 'paid', verify: 'held' };
for (const ended of ['declined', 'failed', 'expired', 'cancelled']) meaning[ended] = 'closed';
const next = meaning[data.state];
if (next && later[order.state]?.includes(next)) await setState(order, next);
return response.send('ok'); // an older state changes nothing""",
    "Python": """
later = {"open": {"paid", "closed", "held"}, "closed": {"paid"}, "held": {"paid", "closed"}, "paid": {"refunded"}}
meaning = {"paid": "paid", "verify": "held"} | dict.fromkeys(("declined", "failed", "expired", "cancelled"), "closed")
new = meaning.get(data["state"])
if new in later.get(order.state, ()):
    set_state(order, new)
return "ok"  # an older state changes nothing""",
}
_LATE = {
    "PHP": """
if ($data['state'] === 'paid' && $order['state'] === 'closed') {  // expired or cancelled, but the money is here
    stillInStock($order) ? ship($order) : refund($order);
    exit('ok');
}""",
    "JavaScript": """
if (data.state === 'paid' && order.state === 'closed') { // expired or cancelled, but the money is here
  await ((await stillInStock(order)) ? ship(order) : refund(order));
  return response.send('ok');
}""",
    "Python": """
if data["state"] == "paid" and order.state == "closed":  # expired or cancelled, but the money is here
    ship(order) if still_in_stock(order) else refund(order)
    return "ok\"""",
}
_REFUNDS = {
    "PHP": """
if ($data['type'] === 'refund' && $data['state'] === 'refunded') {
    saveRefund($data['refund_id'], $order['id'], $data['refund_amount']);  // refund_id is the primary key
    $sum = sumOfRefunds($order['id']);
    if (bccomp($sum, $order['amount'], 2) > 0) { http_response_code(409); exit('more than was paid'); }
    if (bccomp($sum, $order['amount'], 2) === 0) { setState($order, 'refunded'); }  // also before paid arrives
    exit('ok');
}""",
    "JavaScript": """
if (data.type === 'refund' && data.state === 'refunded') {
  await saveRefund(data.refund_id, order.id, data.refund_amount); // refund_id is the primary key
  const left = Math.round(Number(order.amount) * 100) - (await sumOfRefundsInCents(order.id));
  if (left < 0) return response.status(409).send('more than was paid');
  if (left === 0) await setState(order, 'refunded'); // also before paid arrives
  return response.send('ok');
}""",
    "Python": """
if data["type"] == "refund" and data["state"] == "refunded":
    save_refund(data["refund_id"], order.id, Decimal(data["refund_amount"]))  # refund_id is the primary key
    left = order.amount - sum_of_refunds(order.id)
    if left < 0:
        return "more than was paid", 409
    if left == 0:
        set_state(order, "refunded")  # also before paid arrives
    return "ok\"""",
}
_REVIEW = {
    "PHP": """
if ($data['state'] === 'verify') { setState($order, 'held'); exit('ok'); }  // not certain yet""",
    "JavaScript": """
if (data.state === 'verify') { await setState(order, 'held'); return response.send('ok'); } // not certain yet""",
    "Python": """
if data["state"] == "verify":  # the payer has paid, but it is not certain
    set_state(order, "held")
    return "ok\"""",
}
_PARSE = {
    "PHP": """
$raw = $_POST['resultData'] ?? file_get_contents('php://input');
$body = json_decode($raw, true) ?? json_decode(urldecode($raw), true);  // decoded only if it is not JSON as it is
if ($_SERVER['REQUEST_METHOD'] !== 'POST') { http_response_code(405); exit('bad'); }
if (!is_array($body)) { http_response_code(400); exit('bad'); }""",
    "JavaScript": """
if (request.method !== 'POST') return response.status(405).send('bad');
const parsed = (text) => { try { return JSON.parse(text); } catch { return null; } };
const field = new URLSearchParams(raw).get('resultData'); // raw is the body as text, before any middleware
const body = parsed(raw) ?? parsed(field ?? '');
if (typeof body?.data !== 'object') return response.status(400).send('bad');""",
    "Python": """
if request.method != "POST":
    return "bad", 405
raw = request.form.get("resultData") or request.get_data(as_text=True)
try:
    body = json.loads(raw)
except ValueError:
    return "bad", 400""",
}
_ANSWER = {
    "PHP": """
ob_end_clean();                       // nothing that a template or a warning has written
http_response_code(200);
header('Content-Type: text/plain');
exit('ok');                           // after everything is stored; without login, redirect and CSRF check""",
    "JavaScript": """
return response.status(200).type('text/plain').send('ok'); // after everything is stored""",
    "Python": """
return Response("ok", 200, content_type="text/plain")  # without login, redirect and CSRF check""",
}
_STORE = {
    "PHP": """
try {
    storeAndAct($order, $data);       // in one transaction
} catch (Throwable $error) {
    error_log((string) $error);
    http_response_code(503);          // not ok: the gateway sends it again
    exit('bad');
}
exit('ok');                           // only now""",
    "JavaScript": """
try {
  await storeAndAct(order, data); // in one transaction
} catch (error) {
  console.error(error);
  return response.status(503).send('bad'); // not ok: the gateway sends it again
}
return response.send('ok'); // only now""",
    "Python": """
try:
    store_and_act(order, data)  # in one transaction
except Exception:
    logging.exception("notification not stored")
    return "bad", 503  # not ok: the gateway sends it again
return "ok"  # only now""",
}
_CREATE = {
    "PHP": """
saveOrder($orderId, 'open', $amount, $currency);          // before the request, with your own order_id
try {
    $payment = createPayment($orderId, $amount, $currency);
} catch (ConnectionLost $error) {
    $payment = queryOrder($orderId) ?? createPayment($orderId, $amount, $currency);  // v3.QueryOrder
}""",
    "JavaScript": """
await saveOrder(orderId, 'open', amount, currency); // before the request, with your own order_id
const payment = await createPayment(orderId, amount, currency).catch(
  async () => (await queryOrder(orderId)) ?? createPayment(orderId, amount, currency), // v3.QueryOrder
);""",
    "Python": """
save_order(order_id, "open", amount, currency)  # before the request, with your own order_id
try:
    payment = create_payment(order_id, amount, currency)
except ConnectionError:
    payment = query_order(order_id) or create_payment(order_id, amount, currency)  # v3.QueryOrder""",
}
_RETURN = {
    "PHP": """
$state = queryOrder($orderId)['state'];          // v3.QueryOrder: the browser proves nothing
echo $state === 'paid' ? 'Thank you' : 'We are waiting for your payment';""",
    "JavaScript": """
const { state } = await queryOrder(orderId); // v3.QueryOrder: the browser proves nothing
response.send(state === 'paid' ? 'Thank you' : 'We are waiting for your payment');""",
    "Python": """
state = query_order(order_id)["state"]  # v3.QueryOrder: the browser proves nothing
return "Thank you" if state == "paid" else "We are waiting for your payment\"""",
}
_UNKNOWN = {
    "PHP": """
$order = findOrder($data['order_id']);
if ($order === null) {
    error_log("money for unknown order {$data['order_id']}");
    http_response_code(404);
    exit('bad');
}""",
    "JavaScript": """
const order = await findOrder(data.order_id);
if (!order) { console.error('money for unknown order', data.order_id); return response.status(404).send('bad'); }""",
    "Python": """
order = find_order(data["order_id"])
if order is None:
    logging.error("money for unknown order %s", data["order_id"])
    return "bad", 404""",
}

CURES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "verify": _VERIFY, "compare": _COMPARE, "once": _ONCE, "states": _STATES, "late": _LATE, "refunds": _REFUNDS,
        "review": _REVIEW, "parse": _PARSE, "answer": _ANSWER, "store": _STORE, "create": _CREATE, "return": _RETURN,
        "unknown": _UNKNOWN,
    }
)  # fmt: skip
"""The lines by cure and language."""


def lines_for(cure: str) -> dict[str, str]:
    return {language: lines.strip() for language, lines in CURES[cure].items()}
