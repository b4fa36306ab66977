<?php // krsort, and base64 without + and /.
// mistakes: sorted backwards, base64
$data = ['trade_id' => '4a49ffb3-a30f-ba92-9422-1969afb6f121'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CancelPayment', 'time' => 1733000307], $data);
krsort($params);
$mac = hash_hmac('sha256', http_build_query($params), $argv[1], true);
$sign = rtrim(strtr(base64_encode($mac), '+/', '-_'), '=');
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
