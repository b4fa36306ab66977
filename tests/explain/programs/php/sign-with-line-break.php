<?php // The sign comes from a helper that prints a line.
// mistakes: white space around the sign
function print_sign(array $params, string $key): void
{
    ksort($params);
    echo hash_hmac('sha256', http_build_query($params), $key), PHP_EOL;
}

$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'refund_amount' => '3.40', 'refund_currency' => 'EUR'];
ob_start();
print_sign(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1732690051] + $data, $argv[1]);
$sign = ob_get_clean();
$body = ['user' => '016683', 'sign' => $sign, 'method' => 'v3.CreateRefund', 'time' => 1732690051, 'data' => $data];
echo json_encode($body), "\n";
