<?php

declare(strict_types=1);

namespace YabandpayMock;

use PHPUnit\Framework\Assert;

/** A merchant that verifies and records an account's notifications. It answers `ok`, or `bad` to a wrong signature. */
final class Merchant
{
    private const POLL = 5_000; // microseconds

    /**
     * @param string $url the address to send as notify_url
     *
     * @internal
     */
    public function __construct(public readonly string $url, private readonly Mailbox $mailbox)
    {
    }

    /** Answer the next `$times` notifications with this HTTP status and body. */
    public function respondWith(int $status, string $body = '', int $times = 1): void
    {
        if ($times < 1) {
            throw new \InvalidArgumentException("times must be at least 1, not $times");
        }
        $this->mailbox->tell($status, $body, $times);
    }

    /**
     * What the notifications say whose signature is right, in the order in which they arrived.
     *
     * @return list<array<string, mixed>>
     */
    public function notifications(): array
    {
        return array_values(array_filter(array_column($this->received(), 'data'), is_array(...)));
    }

    /**
     * Everything that arrived, in order.
     *
     * @return list<Received>
     */
    public function received(): array
    {
        return $this->mailbox->received();
    }

    /**
     * Wait for at least `$count` notifications; returns everything that arrived.
     *
     * @return list<Received>
     *
     * @throws NotAsExpected there were fewer in time; the message lists them
     */
    public function waitFor(int $count = 1, string|int|float $timeout = '30s'): array
    {
        $end = microtime(true) + Duration::seconds($timeout);
        while (count($received = $this->received()) < $count && microtime(true) < $end) {
            usleep(self::POLL);
        }
        if (count($received) < $count) {
            $states = array_map(static fn (Received $one): string => $one->data['state'] ?? 'unverified', $received);
            $list = $states === [] ? 'nothing' : implode(', ', $states);
            throw new NotAsExpected("Expected $count notifications within $timeout, and received $list.");
        }
        Assert::assertGreaterThanOrEqual($count, count($received)); // counts as an assertion of the test

        return $received;
    }
}
