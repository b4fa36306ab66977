<?php // The data is sorted, then put behind the head.
// mistakes: only data sorted
$head = ['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayMiniPay', 'time' => 1732690016];
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1012', 'amount' => '2.50', 'currency' => 'EUR',
    'description' => 'Fortune cookies', 'timeout' => 0, 'notify_url' => 'https://koekje.example/n',
];
$sorted = $data;
ksort($sorted);
$sign = hash_hmac('sha256', urldecode(http_build_query($head + $sorted)), $argv[1]);
echo json_encode($head + ['sign' => $sign, 'data' => $data]), "\n";
