<?php
// The finished string is URL-decoded (a plus and a %20 in the values become spaces); HMAC with SHA3-256 instead of SHA-256.
// mistakes: other hash, values URL-decoded
// key: tw-urldecode-sha3
$data = ['trade_id' => '160899f3-f6d9-a8d8-ab5b-82eacdab9c5b', 'amount' => '45.00', 'currency' => 'EUR', 'description' => 'Kamer 2+1 ontbijt', 'request_id' => 'ca51f2fas3i0f8uiw7efj6oe4i2w1ghj',
  'notify_url' => 'https://bnb.example/cb?naam=Jan%20B'];
$env = ['user' => '016683', 'method' => 'v3.Capture', 'time' => 1764300670];
$m = $env + $data; ksort($m);
$s = [];
foreach ($m as $k => $v) $s[] = "$k=$v";
$s = implode('&', $s);
$env['sign'] = hash_hmac('sha3-256', urldecode($s), $argv[1]);
echo json_encode($env + ['data' => $data], JSON_UNESCAPED_SLASHES);
