<?php // Each pair is followed by &.
// mistakes: stray separator
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-1022', 'amount' => '7.70', 'currency' => 'EUR',
    'description' => 'Milk tea', 'timeout' => 0, 'notify_url' => 'https://melk.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateWechatNativePay', 'time' => 1732690029], $data);
ksort($params);
$text = '';
foreach ($params as $key => $value) {
    $text .= $key . '=' . $value . '&';
}
$sign = hash_hmac('sha256', $text, $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
