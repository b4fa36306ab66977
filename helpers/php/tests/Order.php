<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

use YabandpayMock\Account;

/** An order as the shops of these tests send it. */
final class Order
{
    public const METHOD = 'v3.CreatePaymentsAlipayMiniPay';

    /** @return array<string, mixed> the gateway's answer */
    public static function send(Account $account, string $orderId = 'A-1', mixed ...$changes): array
    {
        return $account->send(self::METHOD, $changes + [
            'pay_method' => 'online',
            'sub_pay_method' => 'Alipay',
            'order_id' => $orderId,
            'amount' => '24.99',
            'currency' => 'EUR',
            'description' => 'Tea & cake 茶/糕',
            'timeout' => '0',
            'notify_url' => $account->merchant()->url,
            'redirect_url' => 'https://shop.example/back?a=1&b=2',
        ]);
    }
}
