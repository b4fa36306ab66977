<?php

declare(strict_types=1);

namespace YabandpayMock;

/**
 * The environment variables of the sandbox. PHPUnit sets them from `<env>` in phpunit.xml.
 *
 * @internal
 */
final class Environment
{
    /** The value of YABANDPAY_MOCK_`$name`; empty without one. */
    public static function get(string $name): string
    {
        return (string) getenv("YABANDPAY_MOCK_$name");
    }

    /**
     * The variables for a process of this helper, which answers one request at a time and is not debugged.
     *
     * @param array<string, string> $changes
     *
     * @return array<string, string>
     */
    public static function with(array $changes = []): array
    {
        return $changes + ['XDEBUG_MODE' => 'off'] + array_diff_key(getenv(), ['PHP_CLI_SERVER_WORKERS' => true]);
    }
}
