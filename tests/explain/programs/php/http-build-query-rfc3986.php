<?php // PHP_QUERY_RFC3986 is the modern way of encoding.
// mistakes: values URL-encoded
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Bank Transfer', 'order_id' => 'P-3001', 'amount' => 1499.95, 'currency' => 'EUR',
    'description' => 'Bank (3-zits) ~ "Malmö" + 2 kussens', 'timeout' => 1440, 'request_id' => 'abcdefabcdefabcdefabcdef',
    'redirect_url' => 'https://bank.example/?ok=1&id=P%2F3001', 'notify_url' => 'https://bank.example/n',
];
$params = ['user' => '016683', 'method' => 'v3.BankTransfer', 'time' => 1733000301] + $data;
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params, '', '&', PHP_QUERY_RFC3986), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
