<?php // The refund of the documentation, for a payment of ours.
// mistakes: documentation's sample
$json = '{"user":"016683","sign":"5050194672112e5c720f6d4265f30b001f5bab11b24c2675b56056915f92a608","method":"v3.CreateRefund",'
    . '"time":"1546588959","data":{"trade_id":"5feb401d-d9a4-776f-211f-882b60f14d9d","refund_amount":"0.1","refund_currency":"EUR",'
    . '"refund_description":"test","m_refund_id":"20240304094405131317","notify_url":"https://www.yabandpay.com"}}';
$request = json_decode($json, true);
$request['time'] = 1733000323;
$request['data']['trade_id'] = '1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50';
echo json_encode($request, JSON_UNESCAPED_SLASHES), "\n";
