<?php // number_format writes amounts the way they are read.
// mistakes: numbers reformatted
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-3011', 'amount' => 1234.5, 'currency' => 'EUR',
    'description' => 'Piano', 'timeout' => 60, 'redirect_url' => 'https://piano.example/r', 'notify_url' => 'https://piano.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1733000311], $data);
ksort($params);
$text = implode('&', array_map(
    fn ($key) => $key . '=' . (is_float($params[$key]) ? number_format($params[$key], 2) : $params[$key]),
    array_keys($params)
));
$sign = hash_hmac('sha256', $text, $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
