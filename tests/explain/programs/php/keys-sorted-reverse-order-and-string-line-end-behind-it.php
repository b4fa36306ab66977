<?php
// Keys are sorted in reverse order; the string is signed with a line end behind it.
// mistakes: line break at the end, sorted backwards
// key: dubbel-12-key
$data = ['start_time' => '1569894340', 'end_time' => '1573523141'];
$head = ['user' => '016683', 'method' => 'v3.BatchQuery', 'time' => '1764241100'];
$m = $head + $data;
krsort($m);
$buf = '';
foreach ($m as $k => $v) $buf .= ($buf === '' ? '' : '&') . $k . '=' . $v;
$buf .= PHP_EOL;
$head['sign'] = hash_hmac('sha256', $buf, $argv[1]);
$head['data'] = $data;
echo json_encode($head);
