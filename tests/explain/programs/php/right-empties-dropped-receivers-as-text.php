<?php // What empty() calls empty is not signed; the receivers are a text.
// mistakes: none
$data = [
    'command' => 'createSplitPayment', 'trade_id' => '67943b0b-ca6b-aa96-5fb1-e354975f1ec4', 'split_solution_id' => '0', 'currency' => 'EUR',
    'split_completed' => 0, 'nonce_string' => '', 'reference_id' => 'P-3026', 'notify_url' => 'https://markt.example/split', 'extra' => [],
    'fee' => 0.0, 'note' => null, 'hold' => false, 'rank' => '00',
    'receivers' => json_encode([['mid' => 111, 'split_amount' => 2.0, 'description' => '分账/1 "a" & b']]),
];
$params = array_merge($data, ['user' => '9212776037', 'method' => 'v3.SplitPayment', 'time' => 1733000326]);
$names = array_keys(array_filter($params, fn ($value) => !empty($value)));
sort($names, SORT_STRING);
$sign = hash_hmac('sha256', implode('&', array_map(fn ($name) => "$name={$params[$name]}", $names)), $argv[1]);
$body = ['user' => $params['user'], 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
