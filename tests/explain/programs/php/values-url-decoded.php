<?php // The string is decoded, so that the gateway gets plain text.
// mistakes: values URL-decoded
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-1004', 'amount' => '31.00', 'currency' => 'EUR',
    'description' => 'Shirt 100% cotton + belt', 'timeout' => 0, 'redirect_url' => 'https://mode.example/r?size=M%2FL',
    'notify_url' => 'https://mode.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690004], $data);
ksort($params);
$text = implode('&', array_map(fn ($key) => "$key={$params[$key]}", array_keys($params)));
$sign = hash_hmac('sha256', urldecode($text), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body, JSON_UNESCAPED_SLASHES), "\n";
