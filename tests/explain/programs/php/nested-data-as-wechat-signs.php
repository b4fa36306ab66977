<?php // The MakeSign of WeChat's library, given the whole request.
// mistakes: data nested, secret appended, upper-case hex
$request = [
    'user' => '016683', 'method' => 'v3.QueryRefundOrder', 'time' => 1733000320,
    'data' => ['refund_id' => '3841510a-4d18-4a61-808d-431a45006de2'],
];
ksort($request);
$buff = '';
foreach ($request as $k => $v) {
    $buff .= $k . '=' . (is_array($v) ? json_encode($v) : $v) . '&';
}
$string = trim($buff, '&') . '&key=' . $argv[1];
$request['sign'] = strtoupper(md5($string));
echo json_encode($request), "\n";
