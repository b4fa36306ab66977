<?php

declare(strict_types=1);

namespace YabandpayMock;

/** A request that a merchant received, and its answer. */
final class Received
{
    /**
     * @param string $path the path and the query of the address
     * @param string $body the raw body
     * @param array<string, mixed>|null $data what the notification says; null if its signature is wrong
     * @param int $status the HTTP status of the merchant's answer
     * @param string $answer the body of the merchant's answer
     *
     * @internal
     */
    public function __construct(
        public readonly string $path,
        public readonly string $body,
        public readonly ?array $data,
        public readonly int $status,
        public readonly string $answer,
    ) {
    }

    /** Whether the signature is right. */
    public function isVerified(): bool
    {
        return $this->data !== null;
    }
}
