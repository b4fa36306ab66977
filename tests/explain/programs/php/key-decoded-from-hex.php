<?php // The key is hexadecimal, and hash_hmac wants bytes.
// mistakes: key decoded
// key: 0badc0ffee5ca1ab1e0ddba11deadbeef0123456789abcde
$key = hex2bin($argv[1]);
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'];
$params = array_merge(['user' => '016683', 'method' => 'v3.QueryOrder', 'time' => 1732690040], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $key);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
