<?php // As with other Chinese gateways: name and value, one after the other.
// mistakes: other separator, equals sign left out
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '2.10', 'refund_currency' => 'EUR'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690030], $data);
ksort($params);
$text = '';
foreach ($params as $key => $value) {
    $text .= $key . $value;
}
$sign = hash_hmac('sha256', $text, $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
