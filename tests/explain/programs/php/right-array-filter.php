<?php // array_filter leaves out what is empty.
// mistakes: none
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-2002', 'amount' => 24.90, 'currency' => 'EUR',
    'description' => 'Größe "L" <new>', 'timeout' => '0', 'redirect_url' => '', 'notify_url' => 'https://shop.example/n?a=b c',
    'demo' => null, 'gift' => false, 'express' => true,
];
$params = array_filter(array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWap', 'time' => 1732690061], $data));
ksort($params, SORT_STRING);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
