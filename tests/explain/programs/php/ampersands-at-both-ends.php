<?php // Each pair stands between ampersands.
// mistakes: stray separator
$data = ['trade_id' => '160899f3-f6d9-a8d8-ab5b-82eacdab9c5b', 'amount' => 1.5, 'currency' => 'EUR', 'description' => 'part 1/2',
         'request_id' => 'ca51f2fas3i0f8uiw7efj6oe', 'notify_url' => 'https://kaart.example/n'];
$params = array_merge(['user' => '016683', 'method' => 'v3.Capture', 'time' => 1733000322], $data);
ksort($params);
$text = '&';
foreach ($params as $key => $value) {
    $text .= "$key=$value&";
}
$sign = hash_hmac('sha256', $text, $argv[1]);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
