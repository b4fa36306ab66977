<?php

declare(strict_types=1);

namespace YabandpayMock;

use YabandpayMock\Api\Problem;

/** The control API refused a request, for example because there is no scenario of the name. */
final class ApiRefused extends SandboxError
{
    public function __construct(public readonly Problem $problem, string $advice = '')
    {
        parent::__construct("$problem->title: $problem->detail$advice");
    }
}
