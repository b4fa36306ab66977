<?php

declare(strict_types=1);

namespace YabandpayMock;

/**
 * A process that ends with this program, however that ends: a guard runs it for as long as its standard input is open.
 *
 * @internal
 */
final class GuardedProcess
{
    private const POLL = 5_000; // microseconds
    private const LAST_LINES = 15;

    /** @var resource */
    private $guard;
    /** @var resource */
    private $input;

    /** The process has a folder of its own, which is removed when it has ended. */
    private function __construct(public readonly string $folder)
    {
    }

    /** A new folder for a process. */
    public static function newFolder(): string
    {
        $folder = sys_get_temp_dir() . DIRECTORY_SEPARATOR . 'yabandpay-mock-' . bin2hex(random_bytes(8));
        if (!@mkdir($folder, 0o700)) {
            throw new SandboxError("The folder $folder cannot be created.");
        }

        return $folder;
    }

    /**
     * @param non-empty-list<string> $command
     * @param array<string, string> $environment
     */
    public static function start(array $command, string $folder, array $environment): self
    {
        $process = new self($folder);
        $log = ['file', self::log($folder), 'a'];
        $guarded = [PHP_BINARY, __DIR__ . '/guard.php', $folder, ...$command];
        $guard = @proc_open($guarded, [['pipe', 'r'], $log, $log], $pipes, null, $environment);
        if ($guard === false) {
            $reason = error_get_last()['message'] ?? 'proc_open failed';
            throw new SandboxError("PHP cannot start processes here: $reason");
        }
        $process->guard = $guard;
        $process->input = $pipes[0];
        register_shutdown_function($process->stop(...));

        return $process;
    }

    public function isRunning(): bool
    {
        clearstatcache();
        $hasEnded = file_exists($this->folder . DIRECTORY_SEPARATOR . 'ended');

        return is_resource($this->guard) && proc_get_status($this->guard)['running'] && !$hasEnded;
    }

    /** The last lines that it printed. */
    public function output(): string
    {
        $lines = explode("\n", trim((string) @file_get_contents(self::log($this->folder))));

        return implode("\n", array_slice($lines, -self::LAST_LINES));
    }

    /**
     * What `$seek` finds, once it is not null any more; null if the process has ended, or the time is over.
     *
     * @template T
     *
     * @param callable(): (T|null) $seek
     *
     * @return T|null
     */
    public function await(callable $seek, float $seconds): mixed
    {
        $end = microtime(true) + $seconds;
        while (($found = $seek()) === null && $this->isRunning() && microtime(true) < $end) {
            usleep(self::POLL);
        }

        return $found;
    }

    /** End it, and wait for that. A fork of the program leaves it running. */
    public function stop(): void
    {
        if (is_resource($this->guard)) {
            fclose($this->input);
            proc_close($this->guard);
        }
    }

    private static function log(string $folder): string
    {
        return $folder . DIRECTORY_SEPARATOR . 'output.log';
    }
}
