<?php

declare(strict_types=1);

namespace YabandpayMock;

/**
 * PHP's web server, which receives the notifications of all accounts of a sandbox.
 *
 * @internal
 */
final class MerchantServer
{
    private const HERE = '127.0.0.1';
    private const EVERYWHERE = '0.0.0.0'; // only for a sandbox on another machine
    private const TRIES = 5;
    private const SECONDS = 30.0;

    private function __construct(private readonly GuardedProcess $process, private readonly string $url)
    {
    }

    /** Start it; `$knownAs` is the name of this machine for a sandbox on another one. */
    public static function start(string $knownAs): self
    {
        for ($try = 1;; ++$try) {
            $folder = GuardedProcess::newFolder();
            $port = self::freePort();
            $address = ($knownAs === '' ? self::HERE : self::EVERYWHERE) . ":$port";
            $options = ['-n', '-d', 'enable_post_data_reading=0', '-d', 'display_errors=stderr', '-S', $address];
            $changes = ['YABANDPAY_MOCK_MERCHANTS' => $folder];
            $command = [PHP_BINARY, ...$options, __DIR__ . '/merchant-router.php'];
            $process = GuardedProcess::start($command, $folder, Environment::with($changes));
            if ($process->await(static fn (): ?bool => self::listens($port), self::SECONDS) && $process->isRunning()) {
                return new self($process, 'http://' . ($knownAs ?: self::HERE) . ":$port");
            }
            $output = $process->output();
            $process->stop();
            if ($try === self::TRIES) { // another program may take the port each time
                throw new SandboxError("The merchant of the tests did not start: $output");
            }
        }
    }

    public function merchant(string $user, string $secretKey): Merchant
    {
        $mailbox = new Mailbox($this->process->folder, $user);
        $mailbox->open($secretKey);

        return new Merchant("$this->url/" . rawurlencode($user) . '/notify', $mailbox);
    }

    public function stop(): void
    {
        $this->process->stop();
    }

    private static function freePort(): int
    {
        $socket = stream_socket_server('tcp://' . self::HERE . ':0');
        $name = (string) stream_socket_get_name($socket, false);
        fclose($socket);

        return (int) substr($name, (int) strrpos($name, ':') + 1);
    }

    private static function listens(int $port): ?bool
    {
        $connection = @stream_socket_client('tcp://' . self::HERE . ":$port", timeout: 1.0);

        return $connection === false ? null : fclose($connection);
    }
}
