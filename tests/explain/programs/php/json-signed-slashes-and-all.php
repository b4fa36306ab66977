<?php // json_encode makes the body, and the body is signed.
// mistakes: JSON signed
$request = [
    'user' => '016683',
    'method' => 'v3.CreatePayments',
    'time' => 1733000314,
    'data' => [
        'pay_method' => 'online', 'sub_pay_method' => 'Visa', 'order_id' => 'P-3014', 'amount' => 20.00, 'currency' => 'EUR',
        'description' => 'Café “Zoë”', 'timeout' => 0, 'redirect_url' => 'https://zoe.example/r', 'notify_url' => 'https://zoe.example/n',
    ],
];
$json = json_encode($request);
$request['sign'] = hash_hmac('sha256', $json, $argv[1]);
echo json_encode($request), "\n";
