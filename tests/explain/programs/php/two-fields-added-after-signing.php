<?php // The urls of the shop are added when the request is sent.
// mistakes: field left out
function yaband_sign(array $params, string $secret): string
{
    ksort($params);
    return hash_hmac('sha256', urldecode(http_build_query($params)), $secret);
}

$request = ['user' => '016683', 'method' => 'v3.CreatePayments', 'time' => 1732690012];
$data = ['pay_method' => 'online', 'sub_pay_method' => 'Bancontact', 'order_id' => 'P-1009', 'amount' => '18.75',
         'currency' => 'EUR', 'description' => 'Chocolade', 'timeout' => 30];
$request['sign'] = yaband_sign($request + $data, $argv[1]);
$request['data'] = $data + ['redirect_url' => 'https://choco.example/r', 'notify_url' => 'https://choco.example/n'];
echo json_encode($request), "\n";
