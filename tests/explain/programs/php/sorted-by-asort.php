<?php // asort keeps the keys and sorts.
// mistakes: sorted by value
$data = ['command' => 'getTradebillinfo', 'clearing_id' => 'M20240302001503350733', 'nonce_string' => 'tw5be5b7sry5prm96s'];
$params = array_merge(['user' => '040268', 'method' => 'v3.GetTradebill', 'time' => 1733000305], $data);
asort($params);
$pairs = array_map(fn ($key, $value) => "$key=$value", array_keys($params), array_values($params));
$sign = hash_hmac('sha256', join('&', $pairs), $argv[1]);
$body = ['user' => $params['user'], 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
