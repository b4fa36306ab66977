<?php // The values are made comparable.
// mistakes: case of values changed
$data = ['trade_id' => '97FFB0E1-69EB-67F1-B8B7-ED7A0CD68B14', 'refund_amount' => '4.00', 'refund_currency' => 'EUR',
         'Remark' => 'Too small'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690026], $data);
ksort($params);
$text = urldecode(http_build_query(array_map('strtolower', $params)));
$sign = hash_hmac('sha256', $text, $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
