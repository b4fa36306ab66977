<?php // uksort with strcasecmp, %X of every byte.
// mistakes: keys sorted without case, upper-case hex
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'SOFORT/DIGITAL', 'order_id' => 'P-3006', 'amount' => 64, 'currency' => 'EUR',
    'description' => 'Stollen', 'timeout' => 0, 'Zone' => 'DE', 'shopID' => '17', 'redirect_url' => 'https://stollen.example/r',
    'notify_url' => 'https://stollen.example/n', 'Locale' => 'de_DE',
];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1733000306], $data);
uksort($params, 'strcasecmp');
$text = urldecode(http_build_query($params));
$sign = vsprintf(str_repeat('%02X', 32), array_values(unpack('C*', hash_hmac('sha256', $text, $argv[1], true))));
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
