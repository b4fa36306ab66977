<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

/** A PHP program in a process of its own. */
final class Program
{
    /** @var resource */
    private $process;
    /** @var array<int, resource> */
    private array $pipes = [];

    /**
     * @param string $folder where it has its temporary files
     * @param list<string> $options of PHP, if there is no code
     */
    public function __construct(string $folder, string $code, array $options = [])
    {
        $ini = php_ini_loaded_file();
        $php = [PHP_BINARY, ...($ini === false ? [] : ['-c', $ini]), '-d', 'include_path=' . get_include_path()];
        $command = $code === '' ? [...$php, ...$options] : [...$php, '-r', self::prelude() . $code];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']], $this->pipes, null, [
            'TMPDIR' => $folder,
        ] + getenv());
    }

    /** Its first line. */
    public function line(): string
    {
        return trim((string) fgets($this->pipes[1]));
    }

    /** Kill it, as the system does with programs that take too much memory. */
    public function kill(): void
    {
        proc_terminate($this->process, 9);
    }

    /** Everything that it prints, once it has ended. */
    public function output(): string
    {
        fclose($this->pipes[0]);
        $output = stream_get_contents($this->pipes[1]) . stream_get_contents($this->pipes[2]);
        proc_close($this->process);

        return $output;
    }

    private static function prelude(): string
    {
        return 'require ' . var_export(__DIR__ . '/bootstrap.php', true) . ';'
            . 'use YabandpayMock\Sandbox; use function YabandpayMock\startSandbox;';
    }
}
