<?php // Both the key and the string come from scripts that echo.
// mistakes: key with white space, line break at the end
function output(callable $script): string
{
    ob_start();
    $script();
    return ob_get_clean();
}

$data = ['trade_id' => '1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50', 'refund_amount' => '2', 'refund_currency' => 'EUR'];
$params = array_merge(['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1733000313], $data);
ksort($params);
$text = output(function () use ($params) {
    echo http_build_query($params), PHP_EOL;
});
$key = output(function () use ($argv) {
    echo $argv[1], PHP_EOL;
});
$sign = hash_hmac('sha256', $text, $key);
$body = ['user' => '016683', 'sign' => $sign, 'method' => $params['method'], 'time' => $params['time'], 'data' => $data];
echo json_encode($body), "\n";
