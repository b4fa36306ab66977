<?php // A heredoc holds the string to sign.
// mistakes: line break at the end
$user = '016683';
$time = 1732690028;
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14'];
$text = <<<TEXT
method=v3.QueryOrder&time=$time&trade_id={$data['trade_id']}&user=$user

TEXT;
$sign = hash_hmac('sha256', $text, $argv[1]);
echo json_encode(['user' => $user, 'sign' => $sign, 'method' => 'v3.QueryOrder', 'time' => $time, 'data' => $data]), "\n";
