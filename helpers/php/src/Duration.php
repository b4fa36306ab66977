<?php

declare(strict_types=1);

namespace YabandpayMock;

/** @internal */
final class Duration
{
    private const SECONDS = ['ms' => 0.001, 's' => 1.0, 'm' => 60.0, 'h' => 3600.0, 'd' => 86400.0];

    /** A duration as the control API takes it: text such as `500ms`, and numbers as seconds. */
    public static function text(string|int|float $given): string
    {
        return is_string($given) ? $given : round($given * 1000) . 'ms';
    }

    /** @throws \InvalidArgumentException it is no duration */
    public static function seconds(string|int|float $given): float
    {
        if (preg_match('/^\s*(\d+(?:\.\d+)?)(ms|s|m|h|d)\s*$/', self::text($given), $found) !== 1) {
            throw new \InvalidArgumentException("'$given' is no duration such as 500ms, 30s or 2m");
        }

        return (float) $found[1] * self::SECONDS[$found[2]];
    }
}
