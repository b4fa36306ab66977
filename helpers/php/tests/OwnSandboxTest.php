<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

use PHPUnit\Framework\TestCase;
use YabandpayMock\Sandbox;
use YabandpayMock\UsesSandbox;

use function YabandpayMock\startSandbox;

final class OwnSandboxTest extends TestCase
{
    use UsesSandbox;

    private static ?Sandbox $own = null;

    protected static function sandbox(): Sandbox
    {
        return self::$own ??= startSandbox(options: ['--scenario', 'declined']);
    }

    public static function tearDownAfterClass(): void
    {
        self::$own?->stop();
    }

    public function testATestCaseHasASandboxOfItsOwn(): void
    {
        Order::send($this->yabandpay);
        $this->yabandpay->waitFor('declined');
    }

    public function testItsTestsShareIt(): void
    {
        $this->assertSame(self::$own?->url, $this->yabandpay->url);
    }
}
