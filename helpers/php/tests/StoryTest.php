<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

use PHPUnit\Framework\TestCase;

final class StoryTest extends TestCase
{
    /** @dataProvider failures */
    #[\PHPUnit\Framework\Attributes\DataProvider('failures')]
    public function testAFailedTestTellsTheStoryOfItsAccount(string $test, string $error, string ...$story): void
    {
        $output = self::printed("^.*::$test\$");
        $this->assertStringContainsString($error, $output);
        $this->assertMatchesRegularExpression(
            "~^YabandPay sandbox, .*FailingOrders::$test\naccount \d+ at http://127\.0\.0\.1:\d+\nrequests\n  1  v3~m",
            $output,
        );
        foreach ($story as $part) {
            $this->assertStringContainsString($part, $output);
        }
        $this->assertSame(1, substr_count($output, 'YabandPay sandbox, '));
    }

    public static function failures(): array
    {
        return [
            ['testAnAssertionFails', 'Failed asserting', 'scenario declined', 'ASSERTED-1  24.99 EUR  declined',
                "answered HTTP 200 'ok'"],
            ['testAWaitFails', 'was rejected with -', '1  v3.CreatePaymentsAlipayMiniPay  -'],
            ['testAnErrorIsThrown', 'The shop broke down.', 'THROWN-1  24.99 EUR'],
        ];
    }

    /** @dataProvider quiet */
    #[\PHPUnit\Framework\Attributes\DataProvider('quiet')]
    public function testOtherTestsTellNone(string $test): void
    {
        $this->assertStringNotContainsString('YabandPay sandbox', self::printed("^.*::$test\$"));
    }

    public static function quiet(): array
    {
        return [['testSkipped'], ['testPasses']];
    }

    private static function printed(string $filter): string
    {
        $options = [$_SERVER['argv'][0], '--no-configuration', '--bootstrap', __DIR__ . '/bootstrap.php'];

        $options = [...$options, '--filter', "/$filter/", __DIR__ . '/programs/FailingOrders.php'];

        return (new Program(sys_get_temp_dir(), '', $options))->output();
    }
}
