<?php // The key's SHA-1 is in the database; urlencode for the values.
// mistakes: key hashed, values URL-encoded
$row = ['uid' => '016683', 'key_hash' => sha1($argv[1])];
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-3017', 'amount' => '19.90', 'currency' => 'EUR',
    'description' => 'Tee & Gebäck (2×)', 'timeout' => 0, 'ip_address' => '::1', 'redirect_url' => 'https://tee.example/r',
    'notify_url' => 'https://tee.example/n',
];
$params = array_merge(['user' => $row['uid'], 'method' => 'v3.CreatePaymentsWechatH5Pay', 'time' => 1733000317], $data);
ksort($params);
$text = '';
foreach ($params as $key => $value) {
    $text .= $key . '=' . urlencode($value) . '&';
}
$sign = hash_hmac('sha256', substr($text, 0, -1), $row['key_hash']);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
