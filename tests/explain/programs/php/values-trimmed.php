<?php // trim never hurts.
// mistakes: values trimmed
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1021', 'amount' => '10.00', 'currency' => 'EUR',
    'description' => "  Name: Wang\n", 'timeout' => 0, 'notify_url' => 'https://naam.example/n',
];
$params = array_map('trim', array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWap', 'time' => '1732690025'], $data));
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
