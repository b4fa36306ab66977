<?php

declare(strict_types=1);

namespace YabandpayMock;

/** The gateway's signature, also for values that few messages have: with a fraction, nested, or empty. */
final class Signature
{
    private const ENVELOPE = ['user' => true, 'method' => true, 'time' => true];
    private const JSON = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS
        | JSON_THROW_ON_ERROR;
    private const STRING_OR_NUMBER = '/"[^"\\\\]*+(?:\\\\.[^"\\\\]*+)*+"|-?\d[\d.eE+-]*+/s';
    private const DIGITS = 14; // of a float, as PHP writes it unless an ini file says otherwise

    /** @param string $numbers what the texts of numbers begin with, which stand for numbers as they were sent */
    private function __construct(private readonly string $numbers)
    {
    }

    /**
     * The text that is signed; with `$dropEmpty` without the values that PHP calls empty, as some clients do.
     *
     * @param array<string, mixed>|string $message
     */
    public static function stringToSign(array|string $message, bool $dropEmpty = false): string
    {
        [$reader, $message] = self::opened($message);

        return $reader->joined(self::parameters($message), $dropEmpty);
    }

    /**
     * Whether the sign is right; with `$ofData` the sign of data alone, also if there are fields of a request around it.
     *
     * @param array<string, mixed>|string $message
     */
    public static function verify(array|string $message, string $secretKey, bool $ofData = false): bool
    {
        try {
            [$reader, $message] = self::opened($message);
            $parameters = self::parameters($ofData ? array_diff_key($message, self::ENVELOPE) : $message);
        } catch (\JsonException | \InvalidArgumentException) {
            return false;
        }
        $sign = $message['sign'] ?? null;
        if (!is_string($sign)) {
            return false;
        }
        $kept = hash_equals(hash_hmac('sha256', $reader->joined($parameters, false), $secretKey), $sign);

        return hash_equals(hash_hmac('sha256', $reader->joined($parameters, true), $secretKey), $sign) || $kept;
    }

    /** The JSON of a body, which may be percent-encoded, or in the form field `resultData`. */
    public static function jsonIn(string $body): string
    {
        if (preg_match('/^\s*[{\[]/', $body) === 1) {
            return $body;
        }
        $field = str_starts_with($body, 'resultData=') ? substr($body, strlen('resultData=')) : $body;

        return preg_match('/^\s*\{/', $field) === 1 ? $field : urldecode($field);
    }

    /**
     * @param array<string, mixed>|string $message
     *
     * @return array{self, array<string, mixed>}
     */
    private static function opened(array|string $message): array
    {
        $reader = new self('number ' . bin2hex(random_bytes(16)) . ' ');
        $json = is_array($message) ? self::asSent($message) : self::jsonIn($message);
        json_decode($json, false, 512, JSON_THROW_ON_ERROR);
        $marked = preg_replace_callback(
            self::STRING_OR_NUMBER,
            static fn (array $found): string => $found[0][0] === '"' ? $found[0] : "\"$reader->numbers$found[0]\"",
            $json,
        );
        $opened = json_decode($marked ?? '', false, 512, JSON_THROW_ON_ERROR);

        return $opened instanceof \stdClass ? [$reader, (array) $opened] : throw new \InvalidArgumentException(
            'A message is a JSON object.'
        );
    }

    /**
     * The JSON of a message; data is an object, also without members.
     *
     * @param array<string, mixed> $message
     */
    private static function asSent(array $message): string
    {
        $data = $message['data'] ?? null;

        return json_encode(is_array($data) ? ['data' => (object) $data] + $message : $message, self::JSON);
    }

    /**
     * The signed values: user, method and time of a request, and the members of data, which take precedence.
     *
     * @param array<string, mixed> $message
     *
     * @return array<string, mixed>
     */
    private static function parameters(array $message): array
    {
        $own = array_intersect_key($message, self::ENVELOPE);
        $data = $message['data'] ?? null;
        $isObject = $data instanceof \stdClass;
        if ($own === []) {
            return $isObject ? (array) $data : throw new \InvalidArgumentException(
                'A message has user, method, time and data, or data alone if it is a notification.'
            );
        }

        return array_replace($own, array_diff_key($isObject ? (array) $data : [], ['sign' => true, 'data' => true]));
    }

    /** @param array<string, mixed> $parameters */
    private function joined(array $parameters, bool $dropEmpty): string
    {
        ksort($parameters, SORT_STRING);
        $pairs = [];
        foreach ($parameters as $name => $value) {
            if (!$dropEmpty || !$this->isEmpty($value)) {
                $pairs[] = "$name=" . $this->text($value);
            }
        }

        return implode('&', $pairs);
    }

    /** PHP's text of a value: 12.0 is 12, true is 1, false and null are empty. A nested value is compact JSON. */
    private function text(mixed $value): string
    {
        $value = $this->number($value);
        if (is_float($value) && is_finite($value)) {
            return sprintf('%.' . self::DIGITS . 'H', $value);
        }
        if (is_array($value) || is_object($value)) {
            return (string) preg_replace("/\"$this->numbers([^\"]*)\"/", '$1', json_encode($value, self::JSON));
        }

        return (string) $value;
    }

    private function isEmpty(mixed $value): bool
    {
        $value = $this->number($value);

        return $value instanceof \stdClass ? (array) $value === [] : empty($value);
    }

    /** The number that a text stands for; any other value as it is. */
    private function number(mixed $value): mixed
    {
        $isNumber = is_string($value) && str_starts_with($value, $this->numbers);

        return $isNumber ? json_decode(substr($value, strlen($this->numbers))) : $value;
    }
}
