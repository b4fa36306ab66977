<?php // The receivers as plain JSON, sent as an array.
// mistakes: none
$flags = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES;
$data = [
    'command' => 'createSplitPayment', 'trade_id' => '5902ea82-df87-bc30-3eef-c9cd1c64555c', 'currency' => 'EUR', 'fee' => 0.0000001,
    'total' => 12.0, 'large' => 1.5e25, 'orderRef' => 'B', 'order_id' => 'A', '3ds_initiate' => '01', 'reference' => null,
    'receivers' => [['mid' => 111, 'split_amount' => 2.5, 'description' => '分账/1'], ['mid' => 222, 'split_amount' => 1]],
];
$params = array_merge(['user' => '016683', 'method' => 'v3.SplitPayment', 'time' => 1732690062], $data);
ksort($params, SORT_STRING);
$parts = [];
foreach ($params as $key => $value) {
    $parts[] = $key . '=' . (is_array($value) ? json_encode($value, $flags) : $value);
}
$sign = hash_hmac('sha256', implode('&', $parts), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body, $flags), "\n";
