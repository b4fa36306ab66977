<?php // What is left to pay is rounded to cents.
// mistakes: numbers reformatted
$total = 18.2;
$paid = 18.2 + 1e-9;
$data = [
    'pay_method' => 'offline', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-3027', 'amount' => $total, 'currency' => 'EUR',
    'description' => 'Kassa 4', 'auth_code' => '284443133735495918', 'rest' => round($total - $paid, 2), 'notify_url' => 'https://kassa.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.BarcodePayment', 'time' => 1733000327], $data);
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
