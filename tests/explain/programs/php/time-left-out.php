<?php // The time changes all the time and cannot be signed.
// mistakes: envelope left out
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1027', 'amount' => '4.40', 'currency' => 'EUR',
    'description' => 'Incense', 'timeout' => 0, 'notify_url' => 'https://wierook.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayMiniPay'], $data);
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => 1732690052, 'data' => $data];
echo json_encode($body), "\n";
