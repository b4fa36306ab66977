<?php // md5 of the data as JSON with the key behind it, as couriers do.
// mistakes: JSON signed, secret appended
$data = ['command' => 'getBalance', 'currency' => 'EUR', 'nonce_string' => 'tw5be5b7sry5prm96s'];
$sign = md5(json_encode($data) . $argv[1]);
echo json_encode(['user' => '9212776037', 'sign' => $sign, 'method' => 'v3.MerchantBalance', 'time' => 1733000315, 'data' => $data]), "\n";
