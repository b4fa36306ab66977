<?php

declare(strict_types=1);

namespace YabandpayMock;

use YabandpayMock\Api\AccountRecord;
use YabandpayMock\Api\NewAccount;

/** A sandbox, in which each test has an account of its own. `startSandbox` returns one. */
final class Sandbox
{
    /** The version of this package, and of the sandbox that it belongs to. */
    public const VERSION = '1.0.0';

    private const PAY_DELAY = '20ms';
    private const POLL = 20_000; // microseconds

    private static ?self $shared = null;
    private static ?SandboxError $failure = null;
    private ?MerchantServer $merchants = null;

    private function __construct(
        public readonly string $url,
        private readonly Api $api,
        private readonly string $merchantHost,
        private readonly ?GuardedProcess $process = null,
    ) {
    }

    /** The sandbox of this program, which the tests of a PHPUnit run share: that of `startSandbox()`. */
    public static function shared(): self
    {
        if (self::$failure !== null) {
            throw self::$failure; // it would fail again, in each test
        }
        try {
            return self::$shared ??= startSandbox();
        } catch (SandboxError $error) {
            throw self::$failure = $error;
        }
    }

    /**
     * @param list<string> $options
     *
     * @internal
     */
    public static function start(string $command, array $options, string $token, string|int|float $timeout): self
    {
        $program = Command::find($command);
        $folder = GuardedProcess::newFolder();
        $file = $folder . DIRECTORY_SEPARATOR . 'ready';
        $delay = Environment::get('PAY_DELAY') ?: self::PAY_DELAY;
        $fixed = ['serve', '--host', '127.0.0.1', '--port', '0', '--log', 'none', '--ready-file', $file];
        $line = [...$program, ...$fixed, '--pay-delay', $delay, ...$options];
        $changes = $token === '' ? [] : ['YABANDPAY_MOCK_CONTROL_TOKEN' => $token];
        $process = GuardedProcess::start($line, $folder, Environment::with($changes));
        $url = $process->await(self::readyAt($file), Duration::seconds($timeout));
        if ($url === null) {
            $problem = $process->isRunning() ? "was not ready within $timeout" : 'did not start';
            $output = $process->output();
            $process->stop();
            throw new SandboxError("The sandbox $problem: " . implode(' ', $line) . "\n$output");
        }

        return new self($url, new Api($url, $token), '', $process);
    }

    /** @internal */
    public static function at(string $url, string $token, string $merchantHost, string|int|float $timeout): self
    {
        $url = rtrim($url, '/');
        $api = new Api($url, $token);
        $end = microtime(true) + Duration::seconds($timeout);
        while (($problem = self::problem($api)) !== '') {
            if (microtime(true) >= $end) {
                throw new SandboxError("No sandbox is ready at $url after $timeout: $problem");
            }
            usleep(self::POLL);
        }

        return new self($url, $api, $merchantHost);
    }

    /**
     * A new account, with the fields of NewAccount, such as `name`, `scenario` or `clock`. Close it after the test.
     *
     * @throws SandboxError the sandbox refused it
     */
    public function account(mixed ...$fields): Account
    {
        $record = $this->api->call('POST', '/accounts', AccountRecord::from(...), new NewAccount(...$fields));

        return new Account($this->api, $record, $this->merchants(...));
    }

    /** Stop the sandbox, if it was started here, and the merchants. */
    public function stop(): void
    {
        $this->merchants?->stop();
        $this->process?->stop();
        if (self::$shared === $this) {
            self::$shared = null;
        }
    }

    private function merchants(): MerchantServer
    {
        return $this->merchants ??= MerchantServer::start($this->merchantHost);
    }

    /** @return callable(): ?string */
    private static function readyAt(string $file): callable
    {
        return static function () use ($file): ?string {
            $text = is_file($file) ? (string) file_get_contents($file) : '';
            $end = strpos($text, "\n");

            return $end === false ? null : trim(substr($text, 0, $end));
        };
    }

    private static function problem(Api $api): string
    {
        try {
            [$status, $answer] = $api->exchange('GET', '/_sandbox/api/health/ready');
        } catch (SandboxError $error) {
            return $error->getMessage();
        }
        $isReady = $status === 200 && isset(json_decode($answer, true)['version']);

        return $isReady ? '' : "it answered with the HTTP status $status, and not as a sandbox that is ready";
    }
}
