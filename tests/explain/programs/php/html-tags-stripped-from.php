<?php
// HTML tags are stripped from the description in the string only.
// mistakes: characters lost
// key: strip-tags-key
$desc = 'Taart <b>groot</b> 2<3 lagen';
$data = ['pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'TA-1', 'amount' => '27.50', 'currency' => 'EUR', 'description' => $desc, 'timeout' => '0', 'notify_url' => 'https://taart.example/n'];
$env = ['user' => '016683', 'time' => 1764300140, 'method' => 'v3.CreatePayments'];
$s = array_replace($env, $data, ['description' => strip_tags($desc)]);
ksort($s);
$env['sign'] = hash_hmac('sha256', implode('&', array_map(null, array_map(fn($k) => "$k=$s[$k]", array_keys($s)))), $argv[1]);
$env['data'] = $data;
echo json_encode($env, JSON_UNESCAPED_SLASHES);
