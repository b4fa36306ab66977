<?php

declare(strict_types=1);

namespace YabandpayMock\Tests\programs;

use PHPUnit\Framework\TestCase;
use YabandpayMock\Tests\Order;
use YabandpayMock\UsesSandbox;

/** Tests that fail; StoryTest runs them. */
final class FailingOrders extends TestCase
{
    use UsesSandbox;

    public function testAnAssertionFails(): void
    {
        $this->yabandpay->use('declined');
        Order::send($this->yabandpay, 'ASSERTED-1');
        $this->yabandpay->clock->advance('2s');
        $this->assertSame('paid', $this->yabandpay->payments()[0]->state);
    }

    public function testAWaitFails(): void
    {
        $this->yabandpay->send(Order::METHOD, ['order_id' => 'WAITED-1', 'amount' => '24.99']);
        $this->yabandpay->waitFor('paid', orderId: 'WAITED-1');
    }

    public function testAnErrorIsThrown(): void
    {
        Order::send($this->yabandpay, 'THROWN-1');
        throw new \Error('The shop broke down.');
    }

    public function testSkipped(): void
    {
        Order::send($this->yabandpay, 'SKIPPED-1');
        $this->markTestSkipped('not today');
    }

    public function testPasses(): void
    {
        Order::send($this->yabandpay, 'PASSED-1');
        $this->yabandpay->waitFor('paid');
    }
}
