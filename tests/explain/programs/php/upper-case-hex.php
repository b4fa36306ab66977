<?php // strtoupper, as in the documentation of WeChat.
// mistakes: upper-case hex
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-1026', 'amount' => 24.9, 'currency' => 'EUR',
    'description' => 'Chá', 'timeout' => 0, 'notify_url' => 'https://cha.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsWechatH5Pay', 'time' => 1732690047], $data);
ksort($params);
$sign = strtoupper(hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]));
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
