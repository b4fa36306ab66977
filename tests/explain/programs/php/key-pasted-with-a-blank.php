<?php // The key is pasted into the settings page of the shop.
// mistakes: key with white space
$_POST = ['yabandpay_user' => '016683', 'yabandpay_key' => $argv[1] . ' '];
$settings = $_POST;
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'];
$params = array_merge(['user' => $settings['yabandpay_user'], 'method' => 'v3.QueryOrder', 'time' => 1732690034], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $settings['yabandpay_key']);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
