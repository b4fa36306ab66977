"""The lines that mend a shop, by what they cure, in the languages that merchants write.

`body` is the parsed notification, `data` are its parameters, `order` is the shop's own record with the states open,
held, closed, paid and refunded, and `db` is a connection to its database (PDO, pg, sqlite3). In the order parse,
verify, unknown, compare, refunds, review, late, once and states, the lines make a whole handler.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("PHP", "JavaScript", "Python")

_VERIFY = {
    "PHP": """
$data = $body['data'] ?? null;                // $body = json_decode(file_get_contents('php://input'), true)
if (!is_array($data) || !is_string($body['sign'] ?? null)) { http_response_code(400); exit('bad'); }
ksort($data, SORT_STRING);                    // every field, also unknown ones
$parts = [];
foreach ($data as $key => $value) { $parts[] = "$key=" . (is_array($value) ? json_encode($value, 320) : $value); }
$sign = hash_hmac('sha256', implode('&', $parts), $secretKey);
if (!hash_equals($sign, $body['sign'])) { http_response_code(400); exit('bad'); }
if (($data['user'] ?? '') !== $ownUser) { http_response_code(400); exit('bad'); }""",
    "JavaScript": """
const { data, sign } = body; // the parsed JSON
const text = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''));
const signed = Object.keys(data).sort().map((key) => `${key}=${text(data[key])}`).join('&'); // every field
const expected = createHmac('sha256', secretKey).update(signed).digest();
const received = Buffer.from(String(sign), 'hex');
const verified = received.length === expected.length && timingSafeEqual(received, expected);
if (!verified || data.user !== ownUser) return response.status(400).send('bad');""",
    "Python": """
data, sign = body["data"], str(body.get("sign", ""))  # body = json.loads(request.get_data())
signed = "&".join(f"{key}={data[key]}" for key in sorted(data))  # every field, also unknown ones
expected = hmac.new(secret_key.encode(), signed.encode(), hashlib.sha256).hexdigest()
if not hmac.compare_digest(expected.encode(), sign.encode()) or data.get("user") != own_user:
    return "bad", 400""",
}
_COMPARE = {
    "PHP": """
$cents = fn ($amount) => (int) round((float) $amount * 100);
$same = $cents($data['amount']) === $cents($order['amount']) && $data['currency'] === $order['currency'];
if (!$same) { holdForAPerson($order, $data); exit('ok'); }  // stored, and nothing is shipped""",
    "JavaScript": """
const cents = (amount) => Math.round(Number(amount) * 100);
const same = cents(data.amount) === cents(order.amount) && data.currency === order.currency;
if (!same) { await holdForAPerson(order, data); return response.send('ok'); } // stored, and nothing is shipped""",
    "Python": """
same = Decimal(data["amount"]) == Decimal(order.amount) and data["currency"] == order.currency
if not same:
    hold_for_a_person(order, data)  # stored, and nothing is shipped
    return "ok\"""",
}
_ONCE = {
    "PHP": """
if ($data['state'] === 'paid') {
    $db->beginTransaction();
    $row = $db->prepare("UPDATE orders SET state = 'paid' WHERE id = ? AND state NOT IN ('paid', 'refunded')");
    $row->execute([$order['id']]);
    if ($row->rowCount() === 1) { ship($order); }  // only the first of several copies changes a row
    $db->commit();
    exit('ok');
}""",
    "JavaScript": """
if (data.state === 'paid') {
  const once = "UPDATE orders SET state = 'paid' WHERE id = $1 AND state NOT IN ('paid', 'refunded')";
  const { rowCount } = await db.query(once, [order.id]);
  if (rowCount === 1) await ship(order); // only the first of several copies changes a row
  return response.send('ok');
}""",
    "Python": """
if data["state"] == "paid":
    once = "UPDATE orders SET state = 'paid' WHERE id = ? AND state NOT IN ('paid', 'refunded')"
    with db:  # one transaction
        if db.execute(once, [order.id]).rowcount == 1:  # only the first of several copies changes a row
            ship(order)
    return "ok\"""",
}
_STATES = {
    "PHP": """
$later = ['open' => ['paid', 'closed', 'held'], 'closed' => ['paid'], 'held' => ['paid', 'closed'],
          'paid' => ['refunded']];
$new = ['paid' => 'paid', 'verify' => 'held', 'declined' => 'closed', 'failed' => 'closed', 'expired' => 'closed',
        'cancelled' => 'closed'][$data['state']] ?? null;
if ($new !== null && in_array($new, $later[$order['state']] ?? [], true)) {
    $row = $db->prepare('UPDATE orders SET state = ? WHERE id = ? AND state = ?');
    $row->execute([$new, $order['id'], $order['state']]);
    if ($row->rowCount() === 0) { http_response_code(503); exit('bad'); }  // it has just changed: take the repetition
    if ($new === 'paid') { ship($order); }
}
exit('ok');  // an older state changes nothing""",
    "JavaScript": """
const later = { open: ['paid', 'closed', 'held'], closed: ['paid'], held: ['paid', 'closed'], paid: ['refunded'] };
const meaning = { paid: 'paid', verify: 'held' };
for (const ended of ['declined', 'failed', 'expired', 'cancelled']) meaning[ended] = 'closed';
const next = meaning[data.state];
if (next && later[order.state]?.includes(next)) {
  const change = 'UPDATE orders SET state = $1 WHERE id = $2 AND state = $3';
  const { rowCount } = await db.query(change, [next, order.id, order.state]);
  if (rowCount === 0) return response.status(503).send('bad'); // it has just changed: take the repetition
  if (next === 'paid') await ship(order);
}
return response.send('ok'); // an older state changes nothing""",
    "Python": """
later = {"open": {"paid", "closed", "held"}, "closed": {"paid"}, "held": {"paid", "closed"}, "paid": {"refunded"}}
meaning = {"paid": "paid", "verify": "held"} | dict.fromkeys(("declined", "failed", "expired", "cancelled"), "closed")
new = meaning.get(data["state"])
if new in later.get(order.state, ()):
    with db:
        change = "UPDATE orders SET state = ? WHERE id = ? AND state = ?"
        if db.execute(change, [new, order.id, order.state]).rowcount == 0:
            return "bad", 503  # it has just changed: take the repetition
        if new == "paid":
            ship(order)
return "ok"  # an older state changes nothing""",
}
_LATE = {
    "PHP": """
if ($data['state'] === 'paid' && $order['state'] === 'closed') {  // expired or cancelled, but the money is here
    $row = $db->prepare("UPDATE orders SET state = 'paid' WHERE id = ? AND state = 'closed'");
    $row->execute([$order['id']]);
    if ($row->rowCount() === 1) { stillInStock($order) ? ship($order) : refund($order); }  // once
    exit('ok');
}""",
    "JavaScript": """
if (data.state === 'paid' && order.state === 'closed') { // expired or cancelled, but the money is here
  const reopen = "UPDATE orders SET state = 'paid' WHERE id = $1 AND state = 'closed'";
  const { rowCount } = await db.query(reopen, [order.id]);
  if (rowCount === 1) await ((await stillInStock(order)) ? ship(order) : refund(order)); // once
  return response.send('ok');
}""",
    "Python": """
if data["state"] == "paid" and order.state == "closed":  # expired or cancelled, but the money is here
    with db:
        reopen = "UPDATE orders SET state = 'paid' WHERE id = ? AND state = 'closed'"
        if db.execute(reopen, [order.id]).rowcount == 1:  # once
            ship(order) if still_in_stock(order) else refund(order)
    return "ok\"""",
}
_REFUNDS = {
    "PHP": """
$cents = fn ($amount) => (int) round((float) $amount * 100);
if ($data['type'] === 'refund') {
    if ($data['state'] !== 'refunded') { exit('ok'); }  // it has failed: the order stays as it is
    $others = refundedCentsExcept($order['id'], $data['refund_id']);
    $left = $cents($order['amount']) - $others - $cents($data['refund_amount']);
    $isOwn = $data['refund_currency'] === $order['currency'];
    if ($left < 0 || !$isOwn) { http_response_code(409); exit('not what was paid'); }
    saveRefund($data['refund_id'], $order['id'], $data['refund_amount']);  // refund_id is the primary key
    if ($left === 0) { setState($order, 'refunded'); }  // also before paid arrives
    exit('ok');
}""",
    "JavaScript": """
if (data.type === 'refund') {
  if (data.state !== 'refunded') return response.send('ok'); // it has failed: the order stays as it is
  const inCents = (amount) => Math.round(Number(amount) * 100);
  const others = await refundedCentsExcept(order.id, data.refund_id);
  const left = inCents(order.amount) - others - inCents(data.refund_amount);
  const isOwn = data.refund_currency === order.currency;
  if (left < 0 || !isOwn) return response.status(409).send('not what was paid');
  await saveRefund(data.refund_id, order.id, data.refund_amount); // refund_id is the primary key
  if (left === 0) await setState(order, 'refunded'); // also before paid arrives
  return response.send('ok');
}""",
    "Python": """
if data["type"] == "refund":
    if data["state"] != "refunded":
        return "ok"  # it has failed: the order stays as it is
    others = refunded_except(order.id, data["refund_id"])
    left = Decimal(order.amount) - others - Decimal(data["refund_amount"])
    if left < 0 or data["refund_currency"] != order.currency:
        return "not what was paid", 409
    save_refund(data["refund_id"], order.id, data["refund_amount"])  # refund_id is the primary key
    if left == 0:
        set_state(order, "refunded")  # also before paid arrives
    return "ok\"""",
}
_REVIEW = {
    "PHP": """
if ($data['state'] === 'verify') {  // the payer has paid, but it is not certain
    $db->prepare("UPDATE orders SET state = 'held' WHERE id = ? AND state = 'open'")->execute([$order['id']]);
    exit('ok');
}""",
    "JavaScript": """
if (data.state === 'verify') { // the payer has paid, but it is not certain
  await db.query("UPDATE orders SET state = 'held' WHERE id = $1 AND state = 'open'", [order.id]);
  return response.send('ok');
}""",
    "Python": """
if data["state"] == "verify":  # the payer has paid, but it is not certain
    with db:
        db.execute("UPDATE orders SET state = 'held' WHERE id = ? AND state = 'open'", [order.id])
    return "ok\"""",
}
_PARSE = {
    "PHP": """
if ($_SERVER['REQUEST_METHOD'] !== 'POST') { http_response_code(405); exit('bad'); }
$raw = $_POST['resultData'] ?? file_get_contents('php://input');
$body = json_decode($raw, true) ?? json_decode(urldecode($raw), true);  // decoded only if it is not JSON as it is
if (!is_array($body['data'] ?? null)) { http_response_code(400); exit('bad'); }""",
    "JavaScript": """
if (request.method !== 'POST') return response.status(405).send('bad');
const parsed = (text) => { try { return JSON.parse(text); } catch { return null; } };
const field = new URLSearchParams(raw).get('resultData'); // raw is the body as text, before any middleware
const body = parsed(raw) ?? parsed(field ?? '');
if (typeof body?.data !== 'object' || body.data === null) return response.status(400).send('bad');""",
    "Python": """
if request.method != "POST":
    return "bad", 405
raw = request.get_data(as_text=True)  # before request.form, which would consume it
try:
    body = json.loads(request.form.get("resultData") or raw)
except ValueError:
    return "bad", 400
if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
    return "bad", 400""",
}
_ANSWER = {
    "PHP": """
while (ob_get_level() > 0) { ob_end_clean(); }  // nothing that a template or a warning has written
http_response_code(200);
header('Content-Type: text/plain');
exit('ok');  // after everything is stored; without login, redirect and CSRF check""",
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
saveOrder($orderId, 'open', $amount, $currency);  // before the request, with your own order_id
try {
    $payment = createPayment($orderId, $amount, $currency);
} catch (ConnectionLost $error) {  // v3.ListOrder finds it by your order_id
    $payment = findPayment($orderId) ?? createPayment($orderId, $amount, $currency);
}""",
    "JavaScript": """
await saveOrder(orderId, 'open', amount, currency); // before the request, with your own order_id
const payment = await createPayment(orderId, amount, currency).catch(
  async () => (await findPayment(orderId)) ?? createPayment(orderId, amount, currency), // v3.ListOrder finds it
);""",
    "Python": """
save_order(order_id, "open", amount, currency)  # before the request, with your own order_id
try:
    payment = create_payment(order_id, amount, currency)
except ConnectionError:  # v3.ListOrder finds it by your order_id
    payment = find_payment(order_id) or create_payment(order_id, amount, currency)""",
}
_RETURN = {
    "PHP": """
$payment = queryOrder($order['trade_id']);  // v3.QueryOrder: the browser proves nothing
if ($payment['state'] === 'paid') { storeAndAct($order, $payment); }  // once, as for a notification
echo $payment['state'] === 'paid' ? 'Thank you' : 'We are waiting for your payment';""",
    "JavaScript": """
const payment = await queryOrder(order.tradeId); // v3.QueryOrder: the browser proves nothing
if (payment.state === 'paid') await storeAndAct(order, payment); // once, as for a notification
return response.send(payment.state === 'paid' ? 'Thank you' : 'We are waiting for your payment');""",
    "Python": """
payment = query_order(order.trade_id)  # v3.QueryOrder: the browser proves nothing
if payment["state"] == "paid":
    store_and_act(order, payment)  # once, as for a notification
return "Thank you" if payment["state"] == "paid" else "We are waiting for your payment\"""",
}
_UNKNOWN = {
    "PHP": """
$order = findOrder($data['order_id']);
if ($order === null) {  // not ok: the gateway sends it again
    error_log("notification of unknown order {$data['order_id']}");
    http_response_code(404);
    exit('bad');
}""",
    "JavaScript": """
const order = await findOrder(data.order_id);
if (!order) { // not ok: the gateway sends it again
  console.error('notification of unknown order', data.order_id);
  return response.status(404).send('bad');
}""",
    "Python": """
order = find_order(data["order_id"])
if order is None:  # not ok: the gateway sends it again
    logging.error("notification of unknown order %s", data["order_id"])
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
