<?php // json_encode without its quotes is the text of a value.
// mistakes: slashes escaped, non-ASCII escaped
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1015', 'amount' => '68.00', 'currency' => 'CNY',
    'description' => '月饼 8 个', 'timeout' => 0, 'redirect_url' => 'https://yuebing.example/r', 'notify_url' => 'https://yuebing.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWeb', 'time' => 1732690019], $data);
ksort($params);
$text = implode('&', array_map(
    fn ($key, $value) => $key . '=' . trim(json_encode($value), '"'),
    array_keys($params),
    $params
));
$sign = hash_hmac('sha256', $text, $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
