<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

use PHPUnit\Framework\TestCase;
use YabandpayMock\Api\NewClock;
use YabandpayMock\ApiRefused;
use YabandpayMock\NotAsExpected;
use YabandpayMock\Sandbox;
use YabandpayMock\UsesSandbox;

final class AccountTest extends TestCase
{
    use UsesSandbox;

    public function testAnOrderIsPaid(): void
    {
        $answer = Order::send($this->yabandpay);

        $paid = $this->yabandpay->waitFor('paid', orderId: 'A-1');

        $this->assertSame($answer['data']['trade_id'], $paid->trade_id);
        $this->assertSame('24.99', $paid->amount);
    }

    public function testTheOrderOfATradeIsWaitedFor(): void
    {
        $first = Order::send($this->yabandpay)['data']['trade_id'];
        $this->yabandpay->waitFor('paid');
        Order::send($this->yabandpay);
        $this->yabandpay->waitFor('paid');

        $this->assertSame($first, $this->yabandpay->waitFor('paid', tradeId: $first)->trade_id);
    }

    public function testAScenarioIsForAllRequests(): void
    {
        $this->yabandpay->use('declined');
        Order::send($this->yabandpay, 'A-1');
        Order::send($this->yabandpay, 'A-2');

        $this->yabandpay->clock->advance('2s');

        $this->assertSame(['declined', 'declined'], array_column($this->yabandpay->payments(), 'state'));
    }

    public function testAScenarioIsForTheNextRequestsThatMatch(): void
    {
        $this->yabandpay->use('declined', times: 1);
        $this->yabandpay->use('expired', reference: 'B-*');
        Order::send($this->yabandpay, 'A-1');
        Order::send($this->yabandpay, 'A-2');
        Order::send($this->yabandpay, 'B-1');

        $this->yabandpay->clock->advance('25h');

        $this->assertSame(['declined', 'paid', 'expired'], array_column($this->yabandpay->payments(), 'state'));
    }

    public function testAnUnknownScenarioIsRefusedWithTheNearestName(): void
    {
        $this->expectException(ApiRefused::class);
        $this->expectExceptionMessage("There is no scenario 'declind'; did you mean 'declined'?");
        $this->yabandpay->use('declind');
    }

    public function testAScenarioForNoRequestIsRefused(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage('times must be at least 1, not 0');
        $this->yabandpay->use('declined', times: 0);
    }

    public function testTheClockIsAdvanced(): void
    {
        $this->yabandpay->clock->freeze('2031-05-04T10:00:00Z');
        $this->yabandpay->use('never-paid');
        Order::send($this->yabandpay);

        $this->yabandpay->clock->advance('90m');
        $this->assertSame('2031-05-04T11:30:00', $this->yabandpay->clock->now()->format('Y-m-d\TH:i:s'));
        $advanced = $this->yabandpay->clock->advanceTo(new \DateTimeImmutable('2031-05-05T12:00:00+01:00'));

        $this->assertSame('2031-05-05T11:00:00', $this->yabandpay->clock->now()->format('Y-m-d\TH:i:s'));
        $this->assertGreaterThan(0, $advanced->events);
        $this->assertSame('expired', $this->yabandpay->payments()[0]->state);
    }

    public function testTheClockIsAdvancedBySeconds(): void
    {
        $this->yabandpay->clock->freeze(new \DateTimeImmutable('2031-05-04T10:00:00Z'));
        $this->yabandpay->clock->advance(1.5);
        $this->assertSame('10:00:01.500', $this->yabandpay->clock->now()->format('H:i:s.v'));
    }

    public function testTheClockRunsFaster(): void
    {
        $this->yabandpay->use('never-paid');
        Order::send($this->yabandpay);
        $this->yabandpay->clock->scale(1_000_000);
        $this->assertSame('A-1', $this->yabandpay->waitFor('expired')->order_id);
    }

    public function testAWaitEndsWhenTheRequestIsRejected(): void
    {
        Order::send($this->yabandpay, amount: '0.01');
        $this->expectException(NotAsExpected::class);
        $this->expectExceptionMessage('-1000');
        $this->yabandpay->waitFor('paid', orderId: 'A-1', timeout: '10m');
    }

    public function testAWaitThatIsNotMetSaysInWhichStateThePaymentIs(): void
    {
        $this->yabandpay->use('never-paid');
        Order::send($this->yabandpay);
        $this->expectException(NotAsExpected::class);
        $this->expectExceptionMessage('After 10ms, the order was processing, not paid.');
        $this->yabandpay->waitFor('paid', timeout: '10ms');
    }

    public function testAWaitForAnUnknownOrderSaysWhatThereIs(): void
    {
        Order::send($this->yabandpay);
        $this->expectException(NotAsExpected::class);
        $this->expectExceptionMessage("\n  there is ");
        $this->yabandpay->waitFor('paid', orderId: 'A-2', timeout: '10ms');
    }

    public function testAnUnknownStateIsRefused(): void
    {
        $this->expectException(ApiRefused::class);
        $this->expectExceptionMessage("Expected a state such as paid");
        $this->yabandpay->waitFor('payed');
    }

    public function testRequestsAreWaitedForAndCounted(): void
    {
        Order::send($this->yabandpay);
        [$request] = $this->yabandpay->waitForRequests('v3.CreatePayments*', data: ['order_id' => 'A-*']);
        $this->yabandpay->expectRequests('v3.CreatePayments*', code: '200', exactly: 1);
        $this->yabandpay->expectRequests('v3.CreateRefund', exactly: 0);

        $this->assertSame($this->yabandpay->requests()[0]->number, $request->number);
        $this->expectException(NotAsExpected::class);
        $this->expectExceptionMessage('near miss: request 1, but');
        $this->yabandpay->expectRequests('v3.CreatePayments*', data: ['order_id' => 'A-1', 'amount' => '25.00']);
    }

    public function testAStateIsSet(): void
    {
        $this->yabandpay->use('never-paid');
        $trade = Order::send($this->yabandpay)['data']['trade_id'];

        $this->assertSame('cancelled', $this->yabandpay->setState($trade, 'cancelled')->state);

        $this->yabandpay->waitUntilQuiet();
        $this->assertSame('cancelled', $this->yabandpay->notifications()[0]->notified_state);
        $this->assertSame('ok', $this->yabandpay->notifications()[0]->attempts[0]->answer);
    }

    public function testEachTestHasItsOwnAccount(): void
    {
        $other = Sandbox::shared()->account(name: 'another', scenario: 'declined', clock: new NewClock('frozen'));
        Order::send($other);

        $this->assertSame([], $this->yabandpay->payments());
        $this->assertSame(self::class . '::' . __FUNCTION__, $this->yabandpay->name);
        $this->assertNotSame($this->yabandpay->user, $other->user);

        $other->close();
        $this->expectException(ApiRefused::class);
        $other->payments();
    }

    public function testAFieldThatAccountsDoNotHaveIsRefused(): void
    {
        $this->expectException(\Error::class);
        $this->expectExceptionMessage('Unknown named parameter $scenari');
        Sandbox::shared()->account(scenari: 'declined');
    }

    public function testTheStoryHasRequestsThatWerePerhapsMeantForTheAccount(): void
    {
        $curl = curl_init("{$this->yabandpay->url}/Payments");
        curl_setopt_array($curl, [CURLOPT_POSTFIELDS => '{}', CURLOPT_RETURNTRANSFER => true, CURLOPT_PROXY => '']);
        curl_exec($curl);

        $this->assertStringContainsString('requests of unknown users', $this->yabandpay->story());
    }
}
