<?php // The fields of the request are joined and hashed.
// mistakes: data nested, plain SHA-256
$request = ['data' => ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'], 'method' => 'v3.QueryOrder', 'time' => 1732690056,
            'user' => '016683'];
$text = '';
foreach ($request as $key => $value) {
    $text .= $key . '=' . (is_array($value) ? json_encode($value) : $value) . '&';
}
$request['sign'] = hash('sha256', substr($text, 0, -1));
echo json_encode($request), "\n";
