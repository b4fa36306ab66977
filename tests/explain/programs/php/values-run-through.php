<?php
// The values are run through addslashes before signing.
// mistakes: quotes escaped
// key: add-slashes-o'neil
$clean = fn($v) => addslashes($v);
$data = ['trade_id' => '5feb401d-d9a4-776f-211f-882b60f14d9d', 'refund_amount' => '4.00', 'refund_currency' => 'EUR', 'refund_description' => "O'Neill: \"te klein\"", 'm_refund_id' => '0011'];
$req = ['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => '1764300090'];
$a = array_map($clean, $req + $data);
ksort($a);
array_walk($a, function (&$v, $k) { $v = "$k=$v"; });
$req['sign'] = hash_hmac('sha256', join('&', $a), $argv[1]);
$req['data'] = $data;
echo json_encode($req);
