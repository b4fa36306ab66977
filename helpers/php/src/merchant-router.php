<?php

// The script of MerchantServer: /USER/... receives the notifications of an account.

declare(strict_types=1);

use YabandpayMock\Mailbox;
use YabandpayMock\Received;

use function YabandpayMock\readNotification;

require __DIR__ . '/functions.php';
require __DIR__ . '/Mailbox.php';
require __DIR__ . '/Received.php';
require __DIR__ . '/Signature.php';

$path = $_SERVER['REQUEST_URI'];
$user = rawurldecode(explode('/', $path)[1]);
$mailbox = new Mailbox((string) getenv('YABANDPAY_MOCK_MERCHANTS'), $user);
header('Content-Type: text/plain; charset=utf-8');
if (!$mailbox->exists()) {
    http_response_code(404);
    exit("No merchant listens here.\n");
}
$received = $mailbox->take(static function (?array $told) use ($path, $mailbox): Received {
    $body = (string) file_get_contents('php://input');
    $data = readNotification($body, $mailbox->secretKey());
    [$status, $answer] = $told ?? [200, $data === null ? 'bad' : 'ok'];

    return new Received($path, $body, $data, $status, $answer);
});
http_response_code($received->status);
echo $received->answer;
