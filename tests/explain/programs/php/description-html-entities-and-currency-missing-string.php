<?php
// Description is signed with HTML entities; currency is missing in the string.
// mistakes: field left out, values HTML-escaped
// key: dubbel-16-key
$data = ['pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'C-9', 'amount' => '5.95', 'currency' => 'EUR', 'description' => 'Crème brûlée',
  'timeout' => '0', 'redirect_url' => 'https://c.example/?ok=1', 'notify_url' => 'https://c.example/n'];
$pub = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1764241500];
$sig = $data + $pub;
$sig['description'] = htmlentities($sig['description']);
unset($sig['currency']);
ksort($sig);
$str = implode('&', array_map(fn($k, $v) => "$k=$v", array_keys($sig), array_values($sig)));
$pub['sign'] = hash_hmac('sha256', $str, $argv[1]);
$pub['data'] = $data;
echo json_encode($pub, JSON_UNESCAPED_UNICODE | JSON_PRETTY_PRINT);
