<?php // Slashes are written as in the body.
// mistakes: slashes escaped
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-1014', 'amount' => '14.20', 'currency' => 'EUR',
    'description' => 'Cups/saucers', 'timeout' => 0, 'redirect_url' => 'https://kop.example/r', 'notify_url' => 'https://kop.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690018], $data);
ksort($params);
$pairs = [];
foreach ($params as $key => $value) {
    $pairs[] = $key . '=' . trim(json_encode($value), '"');
}
$sign = hash_hmac('sha256', implode('&', $pairs), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
