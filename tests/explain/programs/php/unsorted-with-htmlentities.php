<?php // Every value passes through htmlentities on its way.
// mistakes: keys unsorted, values HTML-escaped
$head = ['user' => '016683', 'method' => 'v3.CreateRefund', 'time' => 1733000304];
$data = [
    'trade_id' => '5feb401d-d9a4-776f-211f-882b60f14d9d', 'refund_amount' => '12.00', 'refund_currency' => 'EUR',
    'refund_description' => 'Crème & “brûlée” < 1 € short', 'notify_url' => 'https://toetje.example/n?a=1&b=2',
];
$text = '';
foreach ($head + $data as $name => $value) {
    $text .= sprintf('%s%s=%s', $text === '' ? '' : '&', $name, htmlentities((string) $value));
}
$sign = hash_hmac('sha256', $text, $argv[1]);
echo json_encode($head + ['sign' => $sign, 'data' => $data], JSON_UNESCAPED_UNICODE), "\n";
