<?php // The constants stand in config.php.
// mistakes: placeholder as key
define('YABAND_USER', '016683');
define('YABAND_SECRET', 'secret_key');
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'];
$params = array_merge(['user' => YABAND_USER, 'method' => 'v3.QueryOrder', 'time' => 1732690042], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), YABAND_SECRET);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
