<?php // file() reads the settings, http_build_query joins the parameters.
// mistakes: key with white space, values URL-encoded
$path = tempnam(sys_get_temp_dir(), 'yaband');
file_put_contents($path, "016683\n{$argv[1]}\n");
[$user, $key] = file($path);
unlink($path);
$data = [
    'pay_method' => 'online', 'sub_pay_method' => 'iDEAL', 'order_id' => 'P-1030', 'amount' => '26.00', 'currency' => 'EUR',
    'description' => 'Clock', 'timeout' => 0, 'redirect_url' => 'https://klok.example/r', 'notify_url' => 'https://klok.example/n',
];
$params = array_merge(['user' => trim($user), 'method' => 'v3.CreatePayments', 'time' => 1732690055], $data);
ksort($params);
$sign = hash_hmac('sha256', http_build_query($params), $key);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
