<?php // The line of the settings file is cut at the equals sign.
// mistakes: key in quotes
$line = "YABAND_KEY='{$argv[1]}'";
[, $key] = explode('=', $line, 2);
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '2.40', 'refund_currency' => 'EUR'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690035], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $key);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
