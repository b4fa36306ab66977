<?php // As the official library signs.
// mistakes: none
$request = [
    'user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690060,
    'data' => [
        'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-2001', 'amount' => 0.1 + 0.2, 'currency' => 'EUR',
        'description' => '茶 "No. 1" & cups/saucers 🍵', 'timeout' => 0, 'redirect_url' => 'https://shop.example/r?a=1&b=%2F+c',
        'notify_url' => 'https://shop.example/n', 'ideal_email' => '', 'post_email' => '', 'demo' => '{"id":7}', 'cancel_url' => '',
    ],
];
$params = array_merge($request, $request['data']);
unset($params['data']);
ksort($params);
$parts = [];
foreach ($params as $key => $value) {
    $parts[] = $key . '=' . $value;
}
$request['sign'] = hash_hmac('sha256', implode('&', $parts), $argv[1]);
echo json_encode($request, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
