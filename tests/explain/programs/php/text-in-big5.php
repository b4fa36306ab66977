<?php // Traditional characters are written in Big5.
// mistakes: other character set
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-3008', 'amount' => '45.00', 'currency' => 'EUR',
    'description' => '鳳梨酥 兩盒', 'timeout' => 0, 'redirect_url' => 'https://taipei.example/r', 'notify_url' => 'https://taipei.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWap', 'time' => 1733000308], $data);
ksort($params);
$parts = [];
foreach ($params as $key => $value) {
    $parts[] = $key . '=' . iconv('UTF-8', 'BIG5', (string) $value);
}
$sign = hash_hmac('sha256', implode('&', $parts), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
