<?php // The account signs, the digest goes as base64.
// mistakes: base64, user as key
[$user, $secret] = ['h5@yaband.com', $argv[1]];
$data = [
    'order_id' => 'P-3024', 'amount' => '1', 'currency' => 'EUR', 'description' => 'yaband test', 'timeout' => '0',
    'notify_url' => 'https://h5.example/n', 'redirect_url' => 'https://h5.example/r',
];
$params = array_merge(compact('user'), ['method' => 'v3.CreateWechatNativePay', 'time' => 1733000324], $data);
ksort($params);
$sign = base64_encode(hash_hmac('sha256', urldecode(http_build_query($params)), $user, true));
$body = ['user' => $user, 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
