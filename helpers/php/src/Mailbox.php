<?php

declare(strict_types=1);

namespace YabandpayMock;

/**
 * The folder of a merchant, by which the tests and the server of the merchants tell each other what happens.
 *
 * @internal
 */
final class Mailbox
{
    private readonly string $folder;

    public function __construct(string $parent, string $user)
    {
        $this->folder = $parent . DIRECTORY_SEPARATOR . 'merchant-' . bin2hex($user);
    }

    public function open(string $secretKey): void
    {
        mkdir($this->folder, 0o700);
        file_put_contents($this->file('key'), $secretKey);
        file_put_contents($this->file('answers'), '[]');
    }

    public function exists(): bool
    {
        return is_dir($this->folder);
    }

    public function secretKey(): string
    {
        return (string) file_get_contents($this->file('key'));
    }

    /** Answer the next requests so, after those that were told before. */
    public function tell(int $status, string $body, int $times): void
    {
        $this->locked(static function (array $answers) use ($status, $body, $times): array {
            return [...$answers, ...array_fill(0, $times, [$status, base64_encode($body)])];
        });
    }

    /**
     * Take the next answer that was told, if any, and record the request.
     *
     * @param callable(array{int, string}|null): Received $receive
     */
    public function take(callable $receive): Received
    {
        $this->locked(function (array $answers) use ($receive, &$received): array {
            $told = array_shift($answers);
            $received = $receive($told === null ? null : [$told[0], base64_decode($told[1])]);
            $this->record($received);

            return $answers;
        });

        return $received;
    }

    /** @return list<Received> */
    public function received(): array
    {
        $files = glob($this->file('*.received')) ?: [];

        return array_map(static function (string $file): Received {
            $json = json_decode((string) file_get_contents($file), true, 512, JSON_THROW_ON_ERROR);
            $body = base64_decode($json['body']);
            $data = $json['verified'] ? json_decode(Signature::jsonIn($body), true)['data'] : null;

            [$path, $answer] = array_map(base64_decode(...), [$json['path'], $json['answer']]);

            return new Received($path, $body, $data, $json['status'], $answer);
        }, $files);
    }

    /** Whole files appear only. */
    private function record(Received $received): void
    {
        $name = sprintf('%09d.received', count(glob($this->file('*.received')) ?: []) + 1);
        file_put_contents($this->file('new'), json_encode([
            'path' => base64_encode($received->path),
            'body' => base64_encode($received->body),
            'verified' => $received->isVerified(),
            'status' => $received->status,
            'answer' => base64_encode($received->answer),
        ], JSON_THROW_ON_ERROR));
        rename($this->file('new'), $this->file($name));
    }

    /** @param callable(list<array{int, string}>): list<array{int, string}> $change */
    private function locked(callable $change): void
    {
        $file = fopen($this->file('answers'), 'r+');
        flock($file, LOCK_EX);
        $changed = $change(json_decode((string) stream_get_contents($file), true, 512, JSON_THROW_ON_ERROR));
        rewind($file);
        ftruncate($file, 0);
        fwrite($file, json_encode($changed, JSON_THROW_ON_ERROR));
        fclose($file);
    }

    private function file(string $name): string
    {
        return $this->folder . DIRECTORY_SEPARATOR . $name;
    }
}
