<?php // The sign of WeChat: &key=, md5, capitals.
// mistakes: secret appended, upper-case hex
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-1028', 'amount' => '16.00', 'currency' => 'EUR',
    'description' => 'Fan', 'timeout' => 15, 'notify_url' => 'https://waaier.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateWechatNativePay', 'time' => 1732690053], $data);
ksort($params);
$buff = '';
foreach ($params as $k => $v) {
    if ($k != 'sign' && $v !== '' && !is_array($v)) {
        $buff .= $k . '=' . $v . '&';
    }
}
$sign = strtoupper(md5($buff . 'key=' . $argv[1]));
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
