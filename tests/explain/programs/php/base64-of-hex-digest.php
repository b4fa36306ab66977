<?php // The sign is base64 of the HMAC.
// mistakes: base64
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '3.20', 'refund_currency' => 'EUR'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690049], $data);
ksort($params);
$sign = base64_encode(hash_hmac('sha256', http_build_query($params), $argv[1]));
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
