<?php // array_multisort by the keys, values as PHP writes them.
// mistakes: none
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'List', 'order_id' => 'P-3025', 'amount' => 1 / 3, 'currency' => 'EUR', 'zero' => 0.0,
    'big' => 2 ** 70, 'small' => 1.5e-9, 'Zone' => 'NL', '3ds_initiate' => '01', 'description' => ' “+ % & = / ? #” 🧧 \\ ', 'demo' => '{"a":null}',
    'guest' => false, 'vip' => true, 'note' => null, 'timeout' => 0, 'notify_url' => 'https://shop.example/n?x=%E8%8C%B6+1',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => '1733000325'], $data);
$keys = array_keys($params);
array_multisort($keys, SORT_ASC, SORT_STRING, $params);
$text = '';
foreach ($params as $key => $value) {
    $text .= "&$key=$value";
}
$sign = hash_hmac('sha256', substr($text, 1), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => 'v3.CreatePayments', 'time' => '1733000325', 'data' => $data];
echo json_encode($body), "\n";
