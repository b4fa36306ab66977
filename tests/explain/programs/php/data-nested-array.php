<?php // Every field of the request is joined with its name.
// mistakes: data nested
error_reporting(0);
$request = ['user' => '016683', 'method' => 'v3.QueryOrder', 'time' => 1732690008,
            'data' => ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14']];
ksort($request);
$parts = [];
foreach ($request as $key => $value) {
    $parts[] = "$key=$value";
}
$request['sign'] = hash_hmac('sha256', implode('&', $parts), $argv[1]);
echo json_encode($request), "\n";
