<?php

declare(strict_types=1);

namespace YabandpayMock;

use PHPUnit\Framework\Attributes\After;
use PHPUnit\Framework\Attributes\Before;

/**
 * Gives each test of a test case an account of its own, `$this->yabandpay`, and tells the story of a failed test.
 *
 * All test cases share a sandbox. Override `sandbox()` for another one.
 */
trait UsesSandbox
{
    protected Account $yabandpay;
    private string $yabandpayStory = '';

    protected static function sandbox(): Sandbox
    {
        return Sandbox::shared();
    }

    /** @before */
    #[Before]
    protected function openYabandpayAccount(): void
    {
        $name = method_exists($this, 'nameWithDataSet') ? $this->nameWithDataSet() : $this->getName();
        $this->yabandpay = static::sandbox()->account(name: self::shortened(static::class . "::$name"));
    }

    /** @after */
    #[After]
    protected function closeYabandpayAccount(): void
    {
        if (!isset($this->yabandpay)) {
            return;
        }
        $isOld = !method_exists($this, 'status'); // PHPUnit 9
        $hasFailed = $isOld ? $this->hasFailed() : $this->status()->isFailure() || $this->status()->isError();
        if ($hasFailed) {
            $this->yabandpayStory = "YabandPay sandbox, {$this->yabandpay->name}\n{$this->yabandpay->story()}";
        }
        // Newer versions of PHPUnit have reported the error already, and show what is printed beside it.
        if ($hasFailed && !$isOld) {
            echo "\n\n$this->yabandpayStory\n";
        }
        $account = $this->yabandpay;
        unset($this->yabandpay);
        $account->close();
    }

    /** PHPUnit 9 shows the error that this throws. */
    protected function onNotSuccessfulTest(\Throwable $t): never
    {
        if ($this->yabandpayStory !== '') {
            $class = $t instanceof \Exception ? \Exception::class : \Error::class;
            (new \ReflectionProperty($class, 'message'))->setValue($t, "{$t->getMessage()}\n\n$this->yabandpayStory");
        }
        throw $t;
    }

    /** A name that an account can have: UTF-8, and not too long. */
    private static function shortened(string $name): string
    {
        $valid = preg_match('//u', $name) === 1 ? $name : (string) preg_replace('/[^ -~]/', '?', $name);

        return (string) preg_replace('/^(.{200}).*$/su', '$1', $valid);
    }
}
