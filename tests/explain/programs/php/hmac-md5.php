<?php // hash_hmac with md5 is short enough for the database.
// mistakes: other hash
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'];
$params = array_merge(['user' => '016683', 'method' => 'v3.QueryOrder', 'time' => 1732690046], $data);
ksort($params);
$sign = hash_hmac('md5', http_build_query($params), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
