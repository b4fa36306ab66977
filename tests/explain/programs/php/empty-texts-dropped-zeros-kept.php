<?php // strlen tells what is empty.
// mistakes: empty values half dropped
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'List', 'order_id' => 'P-1019', 'amount' => 12.0, 'currency' => 'EUR',
    'description' => 'Cap', 'timeout' => 0, 'redirect_url' => 'https://pet.example/r', 'notify_url' => 'https://pet.example/n',
    'ideal_email' => '', 'post_email' => '', 'demo' => '0', 'cancel_url' => '',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690023], $data);
$params = array_filter($params, 'strlen');
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
