<?php // The string is made UTF-8, and md5 takes it with the key.
// mistakes: other character set, secret appended
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'PayPal', 'order_id' => 'P-3009', 'amount' => '8.95', 'currency' => 'EUR',
    'description' => 'Überraschungstüte für Jörg', 'timeout' => 0, 'redirect_url' => 'https://tuete.example/r',
    'notify_url' => 'https://tuete.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1733000309], $data);
ksort($params);
$text = iconv('ISO-8859-1', 'UTF-8', urldecode(http_build_query($params)));
$sign = md5($text . '&key=' . $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
