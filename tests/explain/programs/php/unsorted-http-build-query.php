<?php // http_build_query of everything is the string to sign.
// mistakes: keys unsorted, values URL-encoded
$head = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690054];
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-1029', 'amount' => '17.00', 'currency' => 'EUR',
    'description' => '毛笔', 'timeout' => 0, 'redirect_url' => 'https://penseel.example/r', 'notify_url' => 'https://penseel.example/n',
];
$sign = hash_hmac('sha256', http_build_query($head + $data), $argv[1]);
echo json_encode($head + ['sign' => $sign, 'data' => $data], JSON_UNESCAPED_UNICODE), "\n";
