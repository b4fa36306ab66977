<?php // strtotime of the order's local time is the time.
// mistakes: time differs
date_default_timezone_set('UTC');
$time = 1732690027;
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'];
$local = date('Y-m-d H:i:s', $time + 3600);
$params = ['user' => '016683', 'method' => 'v3.QueryOrder', 'time' => strtotime($local)] + $data;
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $argv[1]);
echo json_encode(['user' => '016683', 'sign' => $sign, 'method' => 'v3.QueryOrder', 'time' => $time, 'data' => $data]), "\n";
