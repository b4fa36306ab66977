<?php // krsort sorts by key.
// mistakes: sorted backwards
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '8.00', 'refund_currency' => 'EUR',
         'refund_description' => 'Stuk'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690015], $data);
krsort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
