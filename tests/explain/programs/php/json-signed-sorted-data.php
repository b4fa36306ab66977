<?php // The data is sorted, encoded and signed.
// mistakes: JSON signed
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1005', 'amount' => '88.80', 'currency' => 'EUR',
    'description' => '礼品卡', 'timeout' => '15', 'notify_url' => 'https://gift.example/n',
];
$sorted = $data;
ksort($sorted);
$sign = hash_hmac('sha256', json_encode($sorted, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => 'v3.CreatePaymentsAlipayWeb', 'time' => 1732690006, 'data' => $data];
echo json_encode($body, JSON_UNESCAPED_UNICODE), "\n";
