<?php // var_export shows what a value is.
// mistakes: booleans as text
$data = [
    'pay_method' => 'online', 'operation' => '1', 'sub_pay_method' => 'Cards HPP', 'order_id' => 'P-1017', '3ds_initiate' => '02',
    'amount' => '19.00', 'currency' => 'EUR', 'description' => 'Ticket', 'timeout' => 0, 'recurring' => true, 'test' => false,
    'request_id' => '0f5b1c77aa90d3e2bb41c6d8', 'notify_url' => 'https://kaart.example/n', 'redirect_url' => 'https://kaart.example/r',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateCardPayments', 'time' => 1732690021], $data);
ksort($params, SORT_STRING);
$pairs = [];
foreach ($params as $key => $value) {
    $pairs[] = $key . '=' . (is_bool($value) ? var_export($value, true) : $value);
}
$sign = hash_hmac('sha256', implode('&', $pairs), $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
