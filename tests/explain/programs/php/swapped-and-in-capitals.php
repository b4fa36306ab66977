<?php // Key, then text: so it is with our other provider.
// mistakes: key and text swapped, upper-case hex
function hmac_upper(string $text, string $key): string
{
    return strtoupper(hash_hmac('sha256', $text, $key));
}

$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Payconiq', 'order_id' => 'P-3018', 'amount' => '2.80', 'currency' => 'EUR',
    'description' => 'Frietjes', 'timeout' => 0, 'redirect_url' => 'https://friet.example/r', 'notify_url' => 'https://friet.example/n',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1733000318], $data);
ksort($params);
$sign = hmac_upper($argv[1], urldecode(http_build_query($params)));
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
