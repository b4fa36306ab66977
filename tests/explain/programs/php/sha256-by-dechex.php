<?php // hash() and dechex() of its bytes.
// mistakes: plain SHA-256, sign cut short
$data = ['refund_id' => '3841510a-4d18-4a61-808d-431a45006de2'];
$params = array_merge(['user' => '016683', 'method' => 'v3.QueryRefundOrder', 'time' => 1733000312], $data);
ksort($params);
$sign = '';
foreach (str_split(hash('sha256', http_build_query($params), true)) as $byte) {
    $sign .= dechex(ord($byte));
}
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
