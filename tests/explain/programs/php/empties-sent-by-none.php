<?php // Empty fields are signed, and need not be sent.
// mistakes: field not sent
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'List', 'order_id' => 'P-1008', 'amount' => '47.11', 'currency' => 'EUR',
    'description' => 'Perfume', 'timeout' => 15, 'redirect_url' => 'https://duft.example/r', 'notify_url' => 'https://duft.example/n',
    'ideal_email' => '', 'post_email' => '', 'demo' => '', 'cancel_url' => '',
];
$params = array_merge($data, ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690011]);
ksort($params);
$pairs = [];
foreach ($params as $key => $value) {
    $pairs[] = $key . '=' . $value;
}
$sign = hash_hmac('sha256', implode('&', $pairs), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => array_filter($data)];
echo json_encode($body), "\n";
