<?php // Gateways sign with MD5.
// mistakes: plain MD5
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '2.80', 'refund_currency' => 'EUR'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690043], $data);
ksort($params);
$sign = md5(http_build_query($params));
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
