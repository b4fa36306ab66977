<?php // The pairs are cut from the JSON of the parameters.
// mistakes: keys unsorted, slashes escaped
$head = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => '1733000329'];
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Mastercard', 'order_id' => 'P/3029', 'amount' => '14.95', 'currency' => 'EUR',
    'description' => '抹茶 matcha 50/50', 'timeout' => '0', 'redirect_url' => 'https://matcha.example/r', 'notify_url' => 'https://matcha.example/n',
];
$json = json_encode($head + $data, JSON_UNESCAPED_UNICODE);
$text = str_replace(['{"', '"}', '":"', '","'], ['', '', '=', '&'], $json);
$sign = hash_hmac('sha256', $text, $argv[1]);
echo json_encode($head + ['sign' => $sign, 'data' => $data], JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
