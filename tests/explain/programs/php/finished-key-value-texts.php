<?php
// The finished key=value texts are sorted instead of the keys (item2= comes before item=).
// mistakes: sorted after joining
// key: sort-whole-pairs-2
$data = ['pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'BASKET-3', 'amount' => '31.10', 'currency' => 'EUR', 'description' => 'Mandje',
         'item' => 'appels', 'item2' => 'peren', 'timeout' => '0', 'notify_url' => 'https://fruit.example/n'];
$head = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1764300020];
$list = [];
$src = $head + $data;
ksort($src);
foreach ($src as $k => $v) $list[] = sprintf('%s=%s', $k, $v);
sort($list, SORT_STRING);
$head['sign'] = hash_hmac('sha256', implode('&', $list), $argv[1]);
$head['data'] = $data;
echo json_encode($head);
