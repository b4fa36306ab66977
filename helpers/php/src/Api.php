<?php

declare(strict_types=1);

namespace YabandpayMock;

use YabandpayMock\Api\Health;
use YabandpayMock\Api\Problem;

/**
 * Calls the control API of a sandbox.
 *
 * @internal
 */
final class Api
{
    private const LONGEST_CALL = 660; // seconds; a wait takes up to ten minutes
    private const TOKEN_NEEDED = 401;
    private const UNMET = [408, 409];
    private const SHOWN = 200;

    private readonly \CurlHandle $curl;

    public function __construct(public readonly string $url, private readonly string $controlToken)
    {
        $this->curl = curl_init();
    }

    /**
     * Call an operation, and read its answer.
     *
     * @template T
     *
     * @param (callable(mixed): T)|null $read
     *
     * @return T|null
     *
     * @throws SandboxError the sandbox refused it, or did not answer
     */
    public function call(string $verb, string $path, ?callable $read = null, ?\JsonSerializable $body = null): mixed
    {
        [$status, $answer] = $this->exchange($verb, "/_sandbox/api$path", $body === null ? null : $this->json($body));
        if ($status >= 400) {
            throw $this->refusal($status, $answer);
        }
        if ($read === null) {
            return null;
        }
        try {
            return $read(json_decode($answer, true, 512, JSON_THROW_ON_ERROR));
        } catch (\JsonException | \TypeError $error) {
            $versions = 'this helper has the version ' . Sandbox::VERSION . ', and the sandbox ' . $this->version();
            throw new SandboxError("$this->url did not answer $path as expected ($versions): {$error->getMessage()}");
        }
    }

    /**
     * Call an operation that waits or checks.
     *
     * @template T
     *
     * @param callable(mixed): T $read
     *
     * @return T
     *
     * @throws NotAsExpected the expectation is not met
     */
    public function expect(string $path, callable $read, \JsonSerializable $body): mixed
    {
        try {
            return $this->call('POST', $path, $read, $body);
        } catch (ApiRefused $refused) {
            if (!in_array($refused->problem->status, self::UNMET, true)) {
                throw $refused;
            }
            $nearest = array_map(self::nearMiss(...), $refused->problem->nearest);
            throw new NotAsExpected(implode("\n", [$refused->problem->detail, ...$nearest]));
        }
    }

    /** The text of an operation that answers with text. */
    public function text(string $path): string
    {
        [$status, $answer] = $this->exchange('GET', "/_sandbox/api$path");

        return $status < 400 ? $answer : throw $this->refusal($status, $answer);
    }

    /**
     * Send a request to the sandbox.
     *
     * @return array{int, string} the HTTP status and the body of the answer
     */
    public function exchange(string $verb, string $path, ?string $body = null): array
    {
        $authorization = $this->controlToken === '' ? [] : ["Authorization: Bearer $this->controlToken"];
        curl_reset($this->curl);
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $this->url . $path,
            CURLOPT_CUSTOMREQUEST => $verb,
            CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'Expect:', ...$authorization],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => self::LONGEST_CALL,
            CURLOPT_PROXY => '', // proxies of the environment cannot reach a sandbox
        ] + ($body === null ? [] : [CURLOPT_POSTFIELDS => $body]));
        $answer = curl_exec($this->curl);
        if (!is_string($answer)) {
            throw new SandboxError("The sandbox at $this->url did not answer: " . curl_error($this->curl));
        }

        return [curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE), $answer];
    }

    private function json(\JsonSerializable $body): string
    {
        return json_encode($body, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION);
    }

    private function refusal(int $status, string $answer): SandboxError
    {
        $json = json_decode($answer, true);
        if (!is_array($json) || !isset($json['title'], $json['detail'])) {
            $shown = substr(trim($answer), 0, self::SHOWN);

            return new SandboxError("$this->url is no sandbox: it answered with the HTTP status $status: $shown");
        }
        $advice = ' Set it as YABANDPAY_MOCK_CONTROL_TOKEN, or pass it to startSandbox as controlToken.';

        return new ApiRefused(Problem::from($json), $status === self::TOKEN_NEEDED ? $advice : '');
    }

    private function version(): string
    {
        try {
            return Health::from(json_decode($this->exchange('GET', '/_sandbox/api/version')[1], true))->version;
        } catch (SandboxError | \TypeError) {
            return 'none';
        }
    }

    /** @param array<string, mixed> $nearest */
    private static function nearMiss(array $nearest): string
    {
        if (isset($nearest['differs'])) {
            return "  near miss: request {$nearest['exchange']}, but " . implode(' and ', $nearest['differs']);
        }
        $fields = array_map(
            static fn (string $name, mixed $one): string => "$name " . (is_scalar($one) ? $one : json_encode($one)),
            array_keys($nearest),
            $nearest,
        );

        return '  there is ' . implode(', ', $fields);
    }
}
