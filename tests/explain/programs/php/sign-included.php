<?php // The request is complete before it is signed.
// mistakes: sign included
class YabandRequest
{
    public $user = '016683';
    public $sign = '';
    public $method = 'v3.CreatePaymentsAlipayMiniPay';
    public $time = 1732690010;
    public $data = [];
}

$request = new YabandRequest();
$request->data = [
    'pay_method' => 'online', 'sub_pay_method' => 'Alipay', 'order_id' => 'P-1007', 'amount' => '6.40', 'currency' => 'EUR',
    'description' => 'Spring rolls', 'timeout' => 10, 'notify_url' => 'https://loempia.example/n',
];
$params = array_merge(get_object_vars($request), $request->data);
unset($params['data']);
ksort($params);
$request->sign = hash_hmac('sha256', urldecode(http_build_query($params)), $argv[1]);
echo json_encode($request), "\n";
