<?php // SORT_NATURAL puts item10 behind item9.
// mistakes: sorted as numbers or naturally
$data = ['order_id' => 'P-909', 'item9' => 'tea', 'item10' => 'cups'];
$request = ['user' => '016683', 'method' => 'v3.QueryOrder', 'time' => 1733000909];
$params = array_merge($request, $data);
ksort($params, SORT_NATURAL);
$text = urldecode(http_build_query($params));
echo json_encode($request + ['sign' => hash_hmac('sha256', $text, $argv[1]), 'data' => $data]), "\n";
