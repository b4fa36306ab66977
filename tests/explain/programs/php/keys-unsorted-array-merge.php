<?php // array_merge gives all parameters, ready for signing.
// mistakes: keys unsorted
$secret = $argv[1];
$request = [
    'user' => '016683',
    'method' => 'v3.CreatePayments',
    'time' => 1732690001,
];
$data = [
    'pay_method' => 'online',
    'sub_pay_method' => 'iDEAL',
    'order_id' => 'P-1001',
    'amount' => '24.90',
    'currency' => 'EUR',
    'description' => 'Bestelling P-1001',
    'timeout' => 0,
    'redirect_url' => 'https://winkel.example/terug',
    'notify_url' => 'https://winkel.example/notify',
];
$text = '';
foreach (array_merge($request, $data) as $key => $value) {
    $text .= $key . '=' . $value . '&';
}
$request['sign'] = hash_hmac('sha256', rtrim($text, '&'), $secret);
$request['data'] = $data;
echo json_encode($request), "\n";
