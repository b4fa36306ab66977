<?php
// A plus in the secret key became a space (read with parse_str).
// mistakes: key escaped
// key: aB+cD/eF+gH12
parse_str('account=016683&secret=' . $argv[1], $conn);
$q = ['user' => $conn['account'], 'time' => 1764231700, 'method' => 'v3.MerchantBalance',
      'command' => 'getBalance', 'currency' => 'EUR', 'nonce_string' => 'tw5be5b7sry5prm96s'];
ksort($q);
$line = implode('&', array_map(function ($k, $v) { return $k . '=' . $v; }, array_keys($q), $q));
$out = [
  'user' => $q['user'], 'sign' => hash_hmac('sha256', $line, $conn['secret']), 'method' => $q['method'], 'time' => $q['time'],
  'data' => array_diff_key($q, array_flip(['user', 'method', 'time'])),
];
echo json_encode($out);
