<?php // The four fields of the request, sorted; the data as JSON.
// mistakes: data nested
$request = [
    'user' => '016683',
    'method' => 'v3.CreatePayments',
    'time' => 1732690007,
    'data' => [
        'pay_method' => 'online', 'sub_pay_method' => 'WeChat Pay', 'order_id' => 'P-1006', 'amount' => '3.00',
        'currency' => 'EUR', 'description' => 'Soup', 'timeout' => 0, 'redirect_url' => 'https://soup.example/r',
        'notify_url' => 'https://soup.example/n',
    ],
];
ksort($request);
$parts = [];
foreach ($request as $key => $value) {
    $parts[] = $key . '=' . (is_array($value) ? json_encode($value, JSON_UNESCAPED_SLASHES) : $value);
}
$request['sign'] = hash_hmac('sha256', implode('&', $parts), $argv[1]);
echo json_encode($request, JSON_UNESCAPED_SLASHES), "\n";
