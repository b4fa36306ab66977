<?php
// The hex text of the signature is put into hex once more.
// mistakes: sign encoded twice
// key: bin2hex-twice-31
$order = ['pay_method' => 'online', 'sub_pay_method' => 'Bancontact', 'order_id' => '00-77', 'amount' => '17.35', 'currency' => 'EUR',
          'description' => "Bier\t6-pack", 'timeout' => '0', 'notify_url' => 'https://bier.example/n'];
$msg = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1764300280];
$keys = array_keys($order + $msg);
sort($keys);
$txt = implode('&', array_map(fn($k) => $k . '=' . ($order[$k] ?? $msg[$k]), $keys));
$msg['sign'] = bin2hex(hash_hmac('sha256', $txt, $argv[1]));
$msg['data'] = $order;
print json_encode($msg);
