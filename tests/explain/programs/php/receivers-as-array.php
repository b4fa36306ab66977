<?php // The receivers are a parameter like the others.
// mistakes: nested value as text
error_reporting(E_ERROR);
$data = [
    'command' => 'createSplitPayment', 'trade_id' => '5902ea82-df87-bc30-3eef-c9cd1c64555c', 'split_solution_id' => 'S19',
    'currency' => 'EUR', 'notify_url' => 'https://market.example/split', 'nonce_string' => 'x8kq2m', 'split_completed' => '1',
    'reference_id' => 'P-1018', 'receivers' => [['mid' => 111, 'split_amount' => '2.00'], ['mid' => 222, 'split_amount' => '1.00']],
];
$params = array_merge(['user' => '016683', 'method' => 'v3.SplitPayment', 'time' => 1732690022], $data);
ksort($params);
$text = '';
foreach ($params as $key => $value) {
    $text .= "&$key=$value";
}
$sign = hash_hmac('sha256', substr($text, 1), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
