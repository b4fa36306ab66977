<?php
// Keys are sorted in natural order (ref2 before ref10); the secret key is HTML-escaped.
// mistakes: key escaped, sorted as numbers or naturally
// key: tw<natural>&key
$secret = htmlspecialchars($argv[1]);
$data = ['trade_id' => '97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14', 'ref2' => 'b', 'ref10' => 'j', 'ref1' => 'a'];
$p = $data + ['user' => '016683', 'method' => 'v3.QueryOrder', 'time' => '1764300610'];
ksort($p, SORT_NATURAL);
$q = '';
foreach ($p as $name => $value) $q .= '&' . $name . '=' . $value;
echo json_encode(['user' => $p['user'], 'sign' => hash_hmac('sha256', substr($q, 1), $secret), 'method' => $p['method'], 'time' => $p['time'], 'data' => $data]);
