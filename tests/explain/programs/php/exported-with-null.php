<?php // var_export writes values without ambiguity.
// mistakes: null as text, values quoted
$data = [
    'trade_id' => '5feb401d-d9a4-776f-211f-882b60f14d9d', 'refund_amount' => 3, 'refund_currency' => 'EUR', 'refund_description' => null,
    'm_refund_id' => 'R-3010',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1733000310], $data);
ksort($params);
foreach ($params as $key => &$value) {
    $value = $key . '=' . var_export($value, true);
}
unset($value);
$sign = hash_hmac('sha256', implode('&', $params), $argv[1]);
echo json_encode(['user' => '016683', 'sign' => $sign, 'method' => 'v3.CreateRefund', 'time' => 1733000310, 'data' => $data]), "\n";
