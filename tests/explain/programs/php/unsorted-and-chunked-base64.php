<?php // chunk_split(base64_encode()) is how mails carry bytes.
// mistakes: base64, keys unsorted, white space around the sign
$request = ['user' => '016683', 'method' => 'v3.QueryOrder', 'time' => 1733000316];
$data = ['trade_id' => '2eb629a8-96ad-d495-38f2-41f5bebf31cd', 'order_id' => 'P-3016'];
$text = [];
foreach ([$request, $data] as $part) {
    foreach ($part as $key => $value) {
        $text[] = "{$key}={$value}";
    }
}
$request['sign'] = chunk_split(base64_encode(hash_hmac('sha256', implode('&', $text), $argv[1], true)));
$request['data'] = $data;
echo json_encode($request), "\n";
