<?php
// Line ends of the description are signed with <br /> before them (nl2br); names and values are joined with : instead of =.
// mistakes: equals sign left out, line ends changed
// key: tw-nl2br-colon
$data = ['pay_method' => 'online', 'sub_pay_method' => 'List', 'order_id' => 'BR-1', 'amount' => '99.95', 'currency' => 'EUR', 'description' => "2 stoelen\n1 tafel", 'timeout' => '0', 'notify_url' => 'https://br.example/n'];
$env = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => '1764300740'];
$f = array_map('nl2br', $env + $data);
ksort($f);
$s = implode('&', array_map(fn($k) => $k . ':' . $f[$k], array_keys($f)));
$env['sign'] = hash_hmac('sha256', $s, $argv[1]);
$env['data'] = $data;
echo json_encode($env, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES);
