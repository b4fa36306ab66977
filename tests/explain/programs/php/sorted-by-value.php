<?php // asort is the sort function for arrays with keys.
// mistakes: sorted by value
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1011', 'amount' => '5.00', 'currency' => 'EUR',
    'description' => 'Dried mango', 'timeout' => '0', 'notify_url' => 'https://mango.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWap', 'time' => '1732690014'], $data);
asort($params, SORT_STRING);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
