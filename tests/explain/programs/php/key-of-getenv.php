<?php // getenv reads the key.
// mistakes: empty key
$data = ['start_time' => '1732579200', 'end_time' => '1732665600'];
$params = array_merge(['user' => '016683', 'method' => 'v3.BatchQuery', 'time' => 1733000319], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), getenv('CORPUS_SHOP_YABANDPAY_KEY'));
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
