<?php // http_build_query makes key=value&key=value.
// mistakes: values URL-encoded
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-1002', 'amount' => 12.5, 'currency' => 'EUR',
    'description' => '茉莉花茶 100g', 'timeout' => 15, 'redirect_url' => 'https://tea.example/?wc-api=yaband&order=1002',
    'notify_url' => 'https://tea.example/notify',
];
$params = ['user' => '016683', 'method' => 'v3.CreatePaymentsWechatH5Pay', 'time' => 1732690002] + $data;
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $argv[1]);
echo json_encode(
    ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data],
    JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
), "\n";
