<?php // http_build_query and urldecode join the parameters.
// mistakes: empty values half dropped
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-1020', 'amount' => '12.95', 'currency' => 'EUR',
    'description' => 'Belt', 'timeout' => 0, 'redirect_url' => 'https://riem.example/r', 'notify_url' => 'https://riem.example/n',
    'ideal_email' => null, 'post_email' => null, 'demo' => '', 'cancel_url' => null,
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690024], $data);
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
