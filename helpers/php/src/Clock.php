<?php

declare(strict_types=1);

namespace YabandpayMock;

use YabandpayMock\Api\AdvanceRecord;
use YabandpayMock\Api\ClockRecord;
use YabandpayMock\Api\ClockTarget;
use YabandpayMock\Api\NewClock;

/** The clock of an account, which shows the machine's time until it is changed. */
final class Clock
{
    /** @internal */
    public function __construct(private readonly Api $api, private readonly string $path)
    {
    }

    /** The account's time. */
    public function now(): \DateTimeImmutable
    {
        return new \DateTimeImmutable($this->api->call('GET', $this->path, ClockRecord::from(...))->now);
    }

    /**
     * Advance the clock by a duration such as `24h`, and do everything that falls due on the way.
     *
     * Payers pay, orders expire, and notifications are sent and repeated before this returns.
     */
    public function advance(string|int|float $by): AdvanceRecord
    {
        return $this->moved(new ClockTarget(by: Duration::text($by)));
    }

    /** Advance the clock to an instant, like `advance`. */
    public function advanceTo(\DateTimeInterface|string $instant): AdvanceRecord
    {
        return $this->moved(new ClockTarget(to: self::iso($instant)));
    }

    /** Stop the clock, now or at a later instant; nothing falls due until it is advanced. */
    public function freeze(\DateTimeInterface|string|null $at = null): void
    {
        $this->run(new NewClock('frozen', $at === null ? null : self::iso($at)));
    }

    /** Run the clock `$rate` times as fast as the machine's. */
    public function scale(float $rate): void
    {
        $this->run(new NewClock('scaled', rate: $rate));
    }

    private function moved(ClockTarget $target): AdvanceRecord
    {
        return $this->api->call('POST', "$this->path/advance", AdvanceRecord::from(...), $target);
    }

    private function run(NewClock $clock): void
    {
        $this->api->call('PUT', $this->path, null, $clock);
    }

    private static function iso(\DateTimeInterface|string $instant): string
    {
        return is_string($instant) ? $instant : $instant->format('Y-m-d\TH:i:s.vP');
    }
}
