<?php // One key serves the cashier account and the super admin account.
// mistakes: key of another account
$keys = ['016683' => $argv[1], '036870' => $argv[2]];
$data = ['pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1024', 'amount' => '55.00', 'currency' => 'EUR',
         'description' => 'Hotpot', 'timeout' => 0, 'notify_url' => 'https://hotpot.example/n'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWap', 'time' => 1732690037], $data);
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $keys['036870']);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
