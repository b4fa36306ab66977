<?php // json_encode writes the receivers.
// mistakes: slashes escaped, non-ASCII escaped
$data = [
    'command' => 'returnSplitPayment', 'currency' => 'EUR', 'notify_url' => 'split', 'nonce_string' => 'qq10', 'reference_id' => 'P-1031',
    'split_id' => '20231229110618372777', 'receivers' => [['mid' => 111, 'split_amount' => 2, 'description' => '退款 1/2']],
];
$params = array_merge(['user' => '016683', 'method' => 'v3.SplitPayment', 'time' => 1732690057], $data);
ksort($params);
$text = '';
foreach ($params as $key => $value) {
    $text .= $key . '=' . (is_array($value) ? json_encode($value) : $value) . '&';
}
$sign = hash_hmac('sha256', rtrim($text, '&'), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
