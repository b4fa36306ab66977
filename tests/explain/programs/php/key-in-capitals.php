<?php // The settings page stores keys in capitals.
// mistakes: key in other case
$key = strtoupper($argv[1]);
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CancelPayment', 'time' => 1732690036], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $key);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
