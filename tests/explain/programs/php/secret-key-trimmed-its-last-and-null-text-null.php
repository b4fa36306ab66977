<?php
// The secret key is trimmed of its last character by substr (meant to cut a line end); null is signed as the text null.
// mistakes: key cut, null as text
// key: dubbel-03-key
$secret = substr($argv[1], 0, -1);
$data = ['trade_id' => '5feb401d-d9a4-776f-211f-882b60f14d9d', 'refund_amount' => '9.99', 'refund_currency' => 'EUR', 'refund_description' => 'Größe passt nicht', 'notify_url' => null];
$all = ['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1764240200] + $data;
ksort($all);
$s = [];
foreach ($all as $k => $v) $s[] = $k . '=' . (is_string($v) ? $v : json_encode($v));
$sign = hash_hmac('sha256', implode('&', $s), $secret);
echo json_encode(['user' => '016683', 'sign' => $sign, 'method' => 'v3.CreateRefund', 'time' => 1764240200, 'data' => $data], JSON_UNESCAPED_UNICODE);
