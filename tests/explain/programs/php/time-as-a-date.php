<?php // The time is a date.
// mistakes: time differs
$_SERVER['REQUEST_TIME'] = 1733000321;
$data = ['command' => 'getBalance', 'currency' => 'EUR', 'nonce_string' => 'k9j8h7g6f5'];
$params = array_merge(['user' => '9212776037', 'method' => 'v3.MerchantBalance'], $data);
$params['time'] = gmdate('Y-m-d H:i:s', $_SERVER['REQUEST_TIME']);
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$params['time'] = $_SERVER['REQUEST_TIME'];
$body = ['user' => $params['user'], 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
