<?php // Money is written by number_format.
// mistakes: numbers reformatted
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-1016', 'amount' => 24.90, 'currency' => 'EUR',
    'description' => 'Plant', 'timeout' => 60, 'redirect_url' => 'https://plant.example/r', 'notify_url' => 'https://plant.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690020], $data);
$params['amount'] = number_format($params['amount'], 2, '.', '');
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
