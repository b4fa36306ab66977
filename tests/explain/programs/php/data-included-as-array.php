<?php // The fields of data are merged into the request.
// mistakes: data included
error_reporting(0);
$request = ['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690009,
            'data' => ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '1.00', 'refund_currency' => 'EUR']];
$params = array_merge($request, $request['data']);
ksort($params);
$text = '';
foreach ($params as $key => $value) {
    $text .= ($text ? '&' : '') . $key . '=' . $value;
}
$request['sign'] = hash_hmac('sha256', $text, $argv[1]);
echo json_encode($request), "\n";
