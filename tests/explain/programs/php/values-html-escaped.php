<?php // Values from a form go through htmlspecialchars.
// mistakes: values HTML-escaped
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'PayPal', 'order_id' => 'P-1013', 'amount' => '35.00', 'currency' => 'EUR',
    'description' => "Book \"Salt & Pepper\" by O'Neil", 'timeout' => 0, 'redirect_url' => 'https://boek.example/?p=1&q=2',
    'notify_url' => 'https://boek.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690017], $data);
ksort($params);
$pairs = [];
foreach ($params as $key => $value) {
    $pairs[] = $key . '=' . htmlspecialchars($value, ENT_QUOTES);
}
$sign = hash_hmac('sha256', implode('&', $pairs), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
