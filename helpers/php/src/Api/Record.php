<?php

declare(strict_types=1);

namespace YabandpayMock\Api;

/** A record of the control API. Its properties have the names of the fields in the OpenAPI document. */
abstract class Record implements \JsonSerializable
{
    /** @return array<string, mixed>|\stdClass */
    public function jsonSerialize(): array|\stdClass
    {
        $given = array_filter(get_object_vars($this), static fn (mixed $value): bool => $value !== null && $value !== []);
        return $given === [] ? new \stdClass() : $given; // PHP would write an array without members as a list
    }

    protected static function one(callable $read, mixed $json): mixed
    {
        return $json === null ? null : $read($json);
    }
}
