<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

use PHPUnit\Framework\TestCase;
use YabandpayMock\NotAsExpected;
use YabandpayMock\Sandbox;
use YabandpayMock\UsesSandbox;

final class MerchantTest extends TestCase
{
    use UsesSandbox;

    public function testNotificationsAreRecordedInOrder(): void
    {
        $this->yabandpay->use('review');
        Order::send($this->yabandpay);
        $this->yabandpay->clock->advance('1h');

        $merchant = $this->yabandpay->merchant();
        $this->assertSame(['verify', 'paid'], array_column($merchant->notifications(), 'state'));
        [$first] = $merchant->received();
        $this->assertTrue($first->isVerified());
        $this->assertSame('Tea & cake 茶/糕', $first->data['description']);
        $this->assertSame("/{$this->yabandpay->user}/notify", $first->path);
        $this->assertSame($this->yabandpay->notifications()[0]->attempts[0]->sent, $first->body);
        $this->assertSame([200, 'ok'], [$first->status, $first->answer]);
        $this->assertSame('ok', $this->yabandpay->notifications()[0]->attempts[0]->answer);
    }

    public function testAMissedNotificationComesAgain(): void
    {
        $this->yabandpay->merchant()->respondWith(500, 'later', times: 2);
        Order::send($this->yabandpay);
        $this->yabandpay->clock->advance('1m');

        $attempts = $this->yabandpay->notifications()[0]->attempts;
        $this->assertSame([500, 500, 200], array_column($attempts, 'status'));
        $this->assertSame(['later', 'later', 'ok'], array_column($attempts, 'answer'));
        $this->assertCount(3, $this->yabandpay->merchant()->notifications());
    }

    public function testAForgedNotificationIsAnsweredBad(): void
    {
        $this->yabandpay->use('notified-with-wrong-signature');
        Order::send($this->yabandpay);
        [$received] = $this->yabandpay->merchant()->waitFor();

        $this->assertFalse($received->isVerified());
        $this->assertSame('bad', $received->answer);
        $this->assertNotContains($received->data, $this->yabandpay->merchant()->notifications());
    }

    /** @dataProvider encodings */
    #[\PHPUnit\Framework\Attributes\DataProvider('encodings')]
    public function testNotificationsOfAllFormsAreVerified(string $scenario): void
    {
        $this->yabandpay->use($scenario);
        Order::send($this->yabandpay);
        [$received] = $this->yabandpay->merchant()->waitFor();
        $this->assertSame('Tea & cake 茶/糕', $received->data['description'] ?? null);
    }

    public static function encodings(): array
    {
        return [['notified-by-form'], ['notified-percent-encoded']];
    }

    public function testAWaitNamesWhatArrived(): void
    {
        Order::send($this->yabandpay);
        $this->yabandpay->merchant()->waitFor();
        $this->expectException(NotAsExpected::class);
        $this->expectExceptionMessage('Expected 2 notifications within 10ms, and received paid.');
        $this->yabandpay->merchant()->waitFor(2, '10ms');
    }

    public function testAnAnswerForNoNotificationIsRefused(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->yabandpay->merchant()->respondWith(500, times: 0);
    }

    public function testAWaitNeedsADuration(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage("'soon' is no duration such as 500ms, 30s or 2m");
        $this->yabandpay->merchant()->waitFor(1, 'soon');
    }

    public function testMerchantsAreApart(): void
    {
        $other = Sandbox::shared()->account(user: 'h5@yaband.com');
        Order::send($other);
        $other->merchant()->waitFor();

        $this->assertSame([], $this->yabandpay->merchant()->received());
        $this->assertSame('h5@yaband.com', $other->merchant()->notifications()[0]['user']);
        $other->close();
    }

    public function testBytesOfAnyKindAreRecorded(): void
    {
        foreach (["\xff\x00\xfe", '', str_repeat('x', 3_000_000)] as $body) {
            $curl = curl_init($this->yabandpay->merchant()->url . '?a=1');
            curl_setopt_array($curl, [
                CURLOPT_POSTFIELDS => $body,
                CURLOPT_HTTPHEADER => ['Content-Type: multipart/form-data; boundary=b', 'Expect:'],
                CURLOPT_RETURNTRANSFER => true,
                CURLOPT_PROXY => '',
            ]);
            $this->assertSame('bad', curl_exec($curl));
            $received = $this->yabandpay->merchant()->received();
            $this->assertSame($body, end($received)->body);
            $this->assertStringEndsWith('/notify?a=1', end($received)->path);
        }
    }

    public function testNobodyElseListens(): void
    {
        $curl = curl_init(str_replace($this->yabandpay->user, '..%2f..', $this->yabandpay->merchant()->url));
        curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_PATH_AS_IS => true, CURLOPT_PROXY => '']);
        $this->assertSame("No merchant listens here.\n", curl_exec($curl));
        $this->assertSame(404, curl_getinfo($curl, CURLINFO_RESPONSE_CODE));
    }
}
