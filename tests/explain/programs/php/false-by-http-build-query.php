<?php // http_build_query knows booleans.
// mistakes: booleans as text
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'List', 'order_id' => 'P-3003', 'amount' => '72.30', 'currency' => 'EUR',
    'description' => 'Laarzen', 'timeout' => 30, 'newsletter' => false, 'guest' => true, 'redirect_url' => 'https://laars.example/r',
    'notify_url' => 'https://laars.example/n',
];
$params = array_merge($data, ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1733000303]);
ksort($params, SORT_STRING);
$sign = hash_hmac('sha256', rawurldecode(http_build_query($params, '', '&', PHP_QUERY_RFC3986)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
