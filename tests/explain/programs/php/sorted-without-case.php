<?php // ksort with both flags sorts naturally.
// mistakes: keys sorted without case
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-1010', 'amount' => '22.00', 'currency' => 'EUR',
    'description' => 'Vase', 'timeout' => 0, 'redirect_url' => 'https://vaas.example/r', 'notify_url' => 'https://vaas.example/n',
    'Demo' => 'P-1010', 'orderNo' => '1010',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690013], $data);
ksort($params, SORT_STRING | SORT_FLAG_CASE);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
