<?php

// Stands for the official library, which has no licence by which it could be kept here. It was written anew, with that
// library's interface and habits (docs/protocol.md, section 6, C1), as far as the README uses them.

declare(strict_types=1);

namespace YaBandPay\Api;

final class Account
{
    public function __construct(public readonly string $user, public readonly string $token)
    {
    }
}

final class Cryptography
{
    public function __construct(private readonly string $token)
    {
    }

    /** @param array<string, mixed> $fields */
    public function signed(array $fields): string
    {
        ksort($fields);
        $pairs = array_map(fn (string $name, mixed $value): string => "$name=$value", array_keys($fields), $fields);

        return hash_hmac('sha256', implode('&', $pairs), $this->token);
    }
}

final class Request
{
    /** @param callable(array{string, string}): string $callback */
    public function __construct(private readonly Cryptography $cryptography, private $callback)
    {
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function post(string $url, array $request): array
    {
        $fields = array_merge($request, $request['data']);
        unset($fields['data']);
        $request['sign'] = $this->cryptography->signed($fields);
        $body = json_encode($request, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
        $answer = json_decode(call_user_func($this->callback, [$url, $body]), true);
        if ($answer['status'] !== true || empty($answer['data'])) {
            throw new \RuntimeException($answer['message']);
        }

        return $answer['data'];
    }
}

final class Api
{
    public function __construct(private readonly Account $account, private readonly Request $request)
    {
    }

    public function payment(
        string $method,
        string $order,
        mixed $amount,
        string $currency,
        string $description,
        string $redirect,
        string $notify,
    ): ?string {
        return $this->request->post('https://mapi.yabandpay.com/Payments', [
            'user' => $this->account->user,
            'time' => time(),
            'method' => 'v3.CreatePayments',
            'data' => [
                'pay_method' => 'online', 'sub_pay_method' => $method, 'order_id' => $order, 'amount' => $amount,
                'currency' => $currency, 'description' => $description, 'timeout' => 0, 'redirect_url' => $redirect,
                'notify_url' => $notify, 'ideal_email' => '', 'post_email' => '', 'demo' => '', 'cancel_url' => '',
            ],
        ])['url'] ?? null;
    }
}

final class Notify
{
    public function __construct(private readonly Cryptography $cryptography)
    {
    }

    /** @return array<string, mixed> */
    public function getOrderInfo(): array
    {
        $body = urldecode((string) file_get_contents('php://input')) ?: $_POST['resultData'];
        $message = json_decode($body, true);
        if ($this->cryptography->signed($message['data']) !== $message['sign']) {
            throw new \InvalidArgumentException('The signature is wrong.');
        }

        return $message['data'];
    }
}
