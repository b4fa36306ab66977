<?php
/* YabandPay in plain PHP 8 with the curl extension: buying, the notification endpoint, and the payer's return.
 *
 * Orders are in a JSON file, which a request locks while it changes them, because two identical notifications can
 * arrive at once. A real shop locks the order's row in its database. Start the sandbox, run this command, and open
 * http://127.0.0.1:3000:
 *
 *     PHP_CLI_SERVER_WORKERS=4 php -S 127.0.0.1:3000 shop.php
 */

declare(strict_types=1);

ini_set('display_errors', 'stderr');

define('GATEWAY', getenv('YABANDPAY_URL') ?: 'http://127.0.0.1:8765');
define('USER', getenv('YABANDPAY_USER') ?: '016683');
define('SECRET_KEY', getenv('YABANDPAY_SECRET_KEY') ?: 'sandbox-secret-key');
define('SHOP_URL', getenv('SHOP_URL') ?: 'http://127.0.0.1:3000');
define('ORDERS', getenv('SHOP_ORDERS') ?: 'orders.json');

const PRODUCT = 'Dragon Well tea 龙井, 100 g';
const PRICE = '24.99';
const CURRENCY = 'EUR';

// Notifications can arrive out of order, so a state only moves up. States that are not listed are final, without money.
const RANKS = ['open' => 0, 'pending' => 1, 'processing' => 2, 'verify' => 3, 'authorized' => 4, 'paid' => 6,
    'refunded' => 7];
const ENDED = 5;
const PAYER_HAS_PAID = ['verify', 'authorized', 'paid', 'refunded'];

class NoAnswer extends Exception {} // the gateway may or may not have processed the request
class Refused extends Exception {}  // the gateway rejected the request; the message may be shown to the payer

// Signing ------------------------------------------------------------------------------------------------------------

/** HMAC-SHA256 of the key=value pairs, sorted by key, with unencoded values. */
function sign(array $fields): string
{
    ksort($fields, SORT_STRING);
    $pairs = [];
    foreach ($fields as $key => $value) {
        $pairs[] = "$key=$value";
    }
    return hash_hmac('sha256', implode('&', $pairs), SECRET_KEY);
}

/** The signed data of a request, from its body or a form field; null if the signature is invalid. */
function verified(): ?array
{
    $message = json_decode($_POST['resultData'] ?? file_get_contents('php://input'), true);
    $data = $message['data'] ?? null;
    $sign = $message['sign'] ?? null;
    if (!is_array($data) || array_filter($data, 'is_array') || !is_string($sign)) {
        return null;
    }
    return hash_equals(sign($data), $sign) ? $data : null;
}

/** The data of the gateway's response. */
function call(string $method, array $data): array
{
    $envelope = ['user' => USER, 'method' => $method, 'time' => time()];
    $curl = curl_init(GATEWAY . '/Payments');
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => json_encode($envelope + ['sign' => sign($envelope + $data), 'data' => $data]),
        CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => 5,
        CURLOPT_TIMEOUT => 30,
    ]);
    $body = curl_exec($curl);
    $answer = is_string($body) ? json_decode($body, true) : null;
    if (!is_array($answer)) {
        throw new NoAnswer(curl_error($curl));
    }
    if (($answer['status'] ?? null) !== true) {
        throw new Refused($answer['message'] ?? '');
    }
    return $answer['data'];
}

// Orders -------------------------------------------------------------------------------------------------------------

/** Change the orders and store them; all other requests wait for the file. */
function change(callable $how): mixed
{
    $file = fopen(ORDERS, 'c+');
    flock($file, LOCK_EX);
    $orders = json_decode(stream_get_contents($file), true) ?? [];
    $result = $how($orders);
    rewind($file);
    ftruncate($file, 0);
    fwrite($file, json_encode($orders, JSON_PRETTY_PRINT));
    fclose($file); // writes the file and releases the lock
    return $result;
}

function find(string $order_id): array
{
    return change(fn (array $orders) => $orders[$order_id] ?? null) ?? stop(404, 'No such order');
}

/** Apply a notification once, even if it arrives several times or simultaneously; false if it fits no order. */
function settle(array $data): bool
{
    return change(function (array &$orders) use ($data) {
        $order_id = $data['order_id'];
        if (!isset($orders[$order_id])) {
            error_log("trade $data[trade_id] is for order $order_id, which is not ours");
            return false;
        }
        return ($data['type'] ?? '') === 'refund'
            ? settle_refund($order_id, $orders[$order_id], $data)
            : settle_payment($order_id, $orders[$order_id], $data);
    });
}

/** Apply the state of a payment. */
function settle_payment(string $order_id, array &$order, array $data): bool
{
    ['trade_id' => $trade_id, 'state' => $state] = $data;
    // A valid signature proves the sender, not that the amount is that of the order.
    if (cents($data['amount']) !== cents($order['amount']) || $data['currency'] !== $order['currency']) {
        error_log("order $order_id: trade $trade_id is about $data[currency] $data[amount]; a person must look");
        return false;
    }
    if (in_array([$trade_id, $state], $order['handled'], true)) {
        return true; // handled before
    }
    $order['handled'][] = [$trade_id, $state];
    if ($state === 'paid' && in_array($order['state'], ['paid', 'refunded'], true)) {
        error_log("order $order_id was paid twice: refund trade $trade_id");
    } elseif ((RANKS[$state] ?? ENDED) >= (RANKS[$order['state']] ?? ENDED)) {
        // The refund can arrive before the payment.
        if ($state === 'paid' && array_sum($order['refunds'][$trade_id] ?? []) === cents($order['amount'])) {
            $state = 'refunded';
        }
        $order['state'] = $state;
        $order['trade_id'] = $trade_id;
        $order['parcels'] += $state === 'paid' ? 1 : 0;
    }
    return true;
}

/** Add up the refunds of a payment: a paid order is refunded when its whole amount is. */
function settle_refund(string $order_id, array &$order, array $data): bool
{
    ['trade_id' => $trade_id, 'refund_id' => $refund_id] = $data;
    $refunds = $order['refunds'][$trade_id] ?? []; // cents, by refund_id
    if ($data['state'] !== 'refunded' || isset($refunds[$refund_id])) {
        return true; // no money moved, or handled before
    }
    $refunds[$refund_id] = cents($data['refund_amount']);
    $total = array_sum($refunds);
    if ($total > cents($order['amount']) || $data['refund_currency'] !== $order['currency']) {
        $actual = "$data[refund_currency] $data[refund_amount]";
        error_log("order $order_id: refund $refund_id is about $actual; a person must look");
        return false;
    }
    $order['refunds'][$trade_id] = $refunds;
    // An order that was paid twice stays paid when the second trade is refunded.
    if ($total === cents($order['amount']) && $order['state'] === 'paid' && $order['trade_id'] === $trade_id) {
        $order['state'] = 'refunded';
    }
    return true;
}

function cents(string $amount): int
{
    return (int) round((float) $amount * 100);
}

// Pages --------------------------------------------------------------------------------------------------------------

/** Store the order before the payment, so it exists even if the payment fails. */
function buy(): never
{
    $order_id = bin2hex(random_bytes(8));
    change(function (array &$orders) use ($order_id) {
        $orders[$order_id] = ['amount' => PRICE, 'currency' => CURRENCY, 'state' => 'open', 'trade_id' => '',
            'parcels' => 0, 'handled' => [], 'refunds' => []];
    });
    pay($order_id);
}

/**
 * Create a payment and send the payer to it.
 *
 * Without a response the order stays open, and the payer can try again with the same order_id: if the first payment
 * was created, nobody knows its page, so nobody can pay it.
 */
function pay(string $order_id): never
{
    $order = find($order_id);
    if (in_array($order['state'], PAYER_HAS_PAID, true)) {
        see_other("/orders/$order_id");
    }
    change(function (array &$orders) use ($order_id, $order) {
        if ($orders[$order_id]['state'] === $order['state']) {
            $orders[$order_id]['state'] = 'open';
        }
    });
    try {
        $created = call('v3.CreatePayments', [
            'pay_method' => 'online',
            'sub_pay_method' => 'List', // the payer picks the wallet
            'order_id' => $order_id,
            'amount' => $order['amount'],
            'currency' => $order['currency'],
            'description' => PRODUCT,
            'timeout' => '60',
            'notify_url' => SHOP_URL . '/notify',
            'redirect_url' => SHOP_URL . "/return/$order_id",
        ]);
    } catch (NoAnswer) {
        order_page($order_id, 502, 'No answer came, so you have not paid. Please try again.');
    } catch (Refused $refusal) {
        order_page($order_id, 502, 'The payment was refused: ' . $refusal->getMessage());
    }
    change(function (array &$orders) use ($order_id, $created) {
        if (!in_array($orders[$order_id]['state'], ['paid', 'refunded'], true)) { // a notification may come first
            $orders[$order_id]['trade_id'] = $created['trade_id'];
        }
    });
    see_other($created['url']);
}

/** After any response other than `ok`, such as the 500 of an exception, the notification is sent again. */
function notify(): never
{
    $data = verified() ?? stop(400, 'bad');
    if (!in_array($data['type'] ?? '', ['payment', 'refund'], true) || !settle($data)) {
        stop(409, 'bad');
    }
    stop(200, 'ok');
}

/**
 * Receive the returning payer, whose browser posts the signed state in a form, or just follows a link.
 *
 * This can happen before the notification arrives. A form from another site carries no SameSite cookies.
 */
function come_back(string $order_id): never
{
    $order = find($order_id);
    if ($_SERVER['REQUEST_METHOD'] === 'POST') {
        settle(verified() ?? stop(400, 'bad'));
    } elseif ($order['trade_id'] !== '') {
        try {
            settle(call('v3.QueryOrder', ['trade_id' => $order['trade_id']])['transaction_info']);
        } catch (NoAnswer | Refused) {
            // the notification will bring the state
        }
    }
    see_other("/orders/$order_id");
}

/** The state of an order, as a page or as JSON. */
function order_page(string $order_id, int $status = 200, string $notice = ''): never
{
    $order = find($order_id);
    if (str_contains($_SERVER['HTTP_ACCEPT'] ?? '', 'application/json')) {
        http_response_code($status);
        header('Content-Type: application/json');
        exit(json_encode(['state' => $order['state'], 'shipments' => $order['parcels']]));
    }
    $again = in_array($order['state'], PAYER_HAS_PAID, true)
        ? '' : "<form method=\"post\" action=\"/orders/$order_id/pay\"><button>Pay</button></form>";
    $notice = htmlspecialchars($notice);
    $state = htmlspecialchars($order['state']);
    page($status, <<<HTML
        <h1>Your order $order_id</h1>
        <p role="alert">$notice</p>
        <p>$order[currency] $order[amount]: <strong id="state">$state</strong>,
        parcels on their way: <span id="parcels">$order[parcels]</span></p>
        $again
        <p><a href="/">Back to the shop</a></p>
        HTML);
}

function product(): never
{
    page(200, '<h1>' . PRODUCT . '</h1><p>' . CURRENCY . ' ' . PRICE . '</p>'
        . '<form method="post" action="/buy"><button>Buy</button></form>');
}

function page(int $status, string $content): never
{
    http_response_code($status);
    header('Content-Type: text/html; charset=utf-8');
    exit(<<<HTML
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>The tea shop</title>
        <style>body { font: 17px/1.6 system-ui, sans-serif; max-width: 30rem; margin: 10vh auto; padding: 0 1rem }</style>
        $content
        </html>
        HTML);
}

function see_other(string $url): never
{
    header("Location: $url", true, 303);
    exit;
}

function stop(int $status, string $text): never
{
    http_response_code($status);
    header('Content-Type: text/plain');
    exit($text);
}

$posted = $_SERVER['REQUEST_METHOD'] === 'POST';
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
match (true) {
    $path === '/' => product(),
    $posted && $path === '/buy' => buy(),
    $posted && $path === '/notify' => notify(),
    $posted && preg_match('#^/orders/(\w+)/pay$#', $path, $found) === 1 => pay($found[1]),
    preg_match('#^/orders/(\w+)$#', $path, $found) === 1 => order_page($found[1]),
    preg_match('#^/return/(\w+)$#', $path, $found) === 1 => come_back($found[1]),
    default => stop(404, 'No such page'),
};
