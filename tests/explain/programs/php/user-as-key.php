<?php // The UID of the account signs.
// mistakes: user as key
$config = ['uid' => '016683', 'key' => '016683'];
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '2.70', 'refund_currency' => 'EUR'];
$params = array_merge(['user' => $config['uid'], 'method' => 'v3.CreateRefund', 'time' => 1732690041], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $config['key']);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
