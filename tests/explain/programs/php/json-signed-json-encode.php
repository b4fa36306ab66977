<?php // What is sent is what is signed: the JSON of the request.
// mistakes: JSON signed
$request = [
    'user' => '016683',
    'method' => 'v3.CreateRefund',
    'time' => 1732690005,
    'data' => ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '5.00', 'refund_currency' => 'EUR'],
];
$request['sign'] = hash_hmac('sha256', json_encode($request), $argv[1]);
echo json_encode($request), "\n";
