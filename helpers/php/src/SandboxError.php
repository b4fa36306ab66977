<?php

declare(strict_types=1);

namespace YabandpayMock;

/** There is no sandbox, or it cannot do what was asked for; the message says why, and what helps. */
class SandboxError extends \RuntimeException
{
}
