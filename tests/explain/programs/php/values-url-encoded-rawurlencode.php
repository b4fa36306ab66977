<?php // Values are encoded as RFC 3986 says.
// mistakes: values URL-encoded
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1003', 'amount' => '9.00', 'currency' => 'EUR',
    'description' => 'Honey ~ 250 g', 'timeout' => '0', 'notify_url' => 'https://honing.example/notify',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWap', 'time' => 1732690003], $data);
ksort($params);
$pairs = [];
foreach ($params as $key => $value) {
    $pairs[] = $key . '=' . rawurlencode($value);
}
$sign = hash_hmac('sha256', implode('&', $pairs), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
