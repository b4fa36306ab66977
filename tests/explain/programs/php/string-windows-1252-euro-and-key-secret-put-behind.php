<?php
// The string is signed in Windows-1252 (the euro sign), the body is UTF-8; &key=secret is put behind the string before the HMAC.
// mistakes: other character set, secret appended
// key: tw-cp1252-keytail
$key = $argv[1];
$data = ['pay_method' => 'online', 'sub_pay_method' => 'Sofort', 'order_id' => 'GUT-1', 'amount' => '50', 'currency' => 'EUR', 'description' => 'Gutschein 50 € für Müller', 'timeout' => 0, 'notify_url' => 'https://gut.example/n'];
$env = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1764300700];
$all = $data + $env;
ksort($all);
$s = '';
foreach ($all as $k => $v) $s .= "&$k=$v";
$s = substr($s, 1) . '&key=' . $key;
$env['sign'] = hash_hmac('sha256', iconv('UTF-8', 'WINDOWS-1252', $s), $key);
$env['data'] = $data;
echo json_encode($env);
