<?php

declare(strict_types=1);

namespace YabandpayMock;

use PHPUnit\Framework\AssertionFailedError;

/** A wait or an expectation of a test failed; the message has what came closest. */
final class NotAsExpected extends AssertionFailedError
{
}
