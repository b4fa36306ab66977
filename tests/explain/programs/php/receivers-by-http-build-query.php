<?php // urldecode(http_build_query()) works for every array.
// mistakes: nested value as text
$data = [
    'command' => 'returnSplitPayment', 'currency' => 'EUR', 'notify_url' => 'https://markt.example/split', 'nonce_string' => 'a1b2c3d4',
    'split_id' => '20231229110618372777', 'reference_id' => 'P-3002',
    'receivers' => [['mid' => 111, 'split_amount' => 2, 'description' => '分账回退描述1'], ['mid' => 222, 'split_amount' => 1]],
];
$params = array_merge(['user' => '9212776037', 'method' => 'v3.SplitPayment', 'time' => 1733000302], $data);
ksort($params);
$sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
$body = ['user' => $params['user'], 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body, JSON_UNESCAPED_UNICODE), "\n";
