<?php // md5 of the string and the key, as with Alipay.
// mistakes: secret appended
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1025', 'amount' => '20.25', 'currency' => 'EUR',
    'description' => '围巾 (red)', 'timeout' => 0, 'notify_url' => 'https://sjaal.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePaymentsAlipayWeb', 'time' => 1732690044], $data);
ksort($params);
$sign = md5(urldecode(http_build_query($params)) . $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
