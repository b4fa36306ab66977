<?php

declare(strict_types=1);

namespace YabandpayMock;

/**
 * A sandbox: the running one at `$url` or YABANDPAY_MOCK_URL, else one that is started here and ends with the program.
 *
 * `$controlToken` is the token of its control API, `$command` how `yabandpay-mock` is run, and `$options` are further
 * options of `yabandpay-mock serve`. A sandbox on another machine reaches the tests' merchants at `$merchantHost`.
 *
 * @param list<string> $options
 * @param string|int|float $timeout how long it may take until the sandbox is ready
 *
 * @throws SandboxError there is no sandbox; the message says why, and what helps
 */
function startSandbox(
    ?string $url = null,
    ?string $controlToken = null,
    ?string $command = null,
    array $options = [],
    ?string $merchantHost = null,
    string|int|float $timeout = '30s',
): Sandbox {
    $url ??= Environment::get('URL');
    $controlToken ??= Environment::get('CONTROL_TOKEN');
    if ($url !== '') {
        return Sandbox::at($url, $controlToken, $merchantHost ?? Environment::get('MERCHANT_HOST'), $timeout);
    }

    return Sandbox::start($command ?? Environment::get('COMMAND'), $options, $controlToken, $timeout);
}

/**
 * The signature of a request (`user`, `method`, `time` and `data`), or of a notification (`data` alone).
 *
 * @param array<string, mixed>|string $message as an array, or as JSON
 */
function sign(array|string $message, string $secretKey): string
{
    return hash_hmac('sha256', Signature::stringToSign($message), $secretKey);
}

/**
 * Whether the `sign` of a request or a notification is right.
 *
 * @param array<string, mixed>|string $message as an array, or as the body that arrived
 */
function verify(array|string $message, string $secretKey): bool
{
    return Signature::verify($message, $secretKey);
}

/**
 * The data of a notification that is signed with this key; null for any other body.
 *
 * @return array<string, mixed>|null
 */
function readNotification(string $body, string $secretKey): ?array
{
    if (!Signature::verify($body, $secretKey, ofData: true)) {
        return null;
    }
    $data = json_decode(Signature::jsonIn($body), true)['data'];

    return $data !== [] ? $data : null;
}
