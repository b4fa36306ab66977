<?php // iconv makes the text what the gateway in China expects.
// mistakes: other character set
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-1023', 'amount' => '28.00', 'currency' => 'EUR',
    'description' => '麻辣烫', 'timeout' => 0, 'redirect_url' => 'https://mala.example/r', 'notify_url' => 'https://mala.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690033], $data);
ksort($params);
$text = iconv('UTF-8', 'GBK', urldecode(http_build_query($params)));
$sign = hash_hmac('sha256', $text, $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body, JSON_UNESCAPED_UNICODE), "\n";
