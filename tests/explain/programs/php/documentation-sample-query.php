<?php // First the request of the documentation, to see that the connection works.
// mistakes: documentation's sample
$request = [
    'user' => '9212776037',
    'sign' => '3d36cdb1f9cdaa2eec717adccaac4e51d109cbd8fec757ca407cba67e4bcb877',
    'method' => 'v3.SplitPayment',
    'time' => 1703836221,
    'data' => [
        'command' => 'querySplitPayment', 'nonce_string' => '7vccb9qkplvtxl22km', 'split_id' => '20231229110618372777',
        'reference_id' => '123456',
    ],
];
echo json_encode($request), "\n";
