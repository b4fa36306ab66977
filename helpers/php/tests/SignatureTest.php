<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use YabandpayMock\Signature;
use YabandpayMock\UsesSandbox;

use function YabandpayMock\readNotification;
use function YabandpayMock\sign;
use function YabandpayMock\verify;

final class SignatureTest extends TestCase
{
    use UsesSandbox;

    private const VECTORS = __DIR__ . '/../../../tests/vectors/signatures.json';
    private const KEY = 'sandbox-secret-key';
    private const REQUEST = ['user' => '1', 'method' => 'm', 'time' => 5, 'data' => ['state' => 'paid']];
    private const DATA = ['state' => 'paid', 'amount' => '24.99', 'demo' => '', 'description' => 'Tea + 1'];

    public static function vectors(): iterable
    {
        foreach (json_decode((string) file_get_contents(self::VECTORS), true)['vectors'] as $vector) {
            yield $vector['name'] => [$vector];
        }
    }

    /** @dataProvider vectors */
    #[DataProvider('vectors')]
    public function testASignIsTheOneThatOpensslComputed(array $vector): void
    {
        $dropped = $vector['empty_values'] === 'dropped';
        $this->assertSame($vector['string_to_sign'], Signature::stringToSign($vector['body'], $dropped));
        $this->assertSame($vector['sign'], hash_hmac('sha256', $vector['string_to_sign'], self::KEY));
        if (!$dropped) {
            $this->assertSame($vector['sign'], sign($vector['body'], self::KEY));
        }
        $signed = substr($vector['body'], 0, -1) . ",\"sign\":\"{$vector['sign']}\"}";
        $this->assertTrue(verify($signed, self::KEY));
        $this->assertFalse(verify($signed, self::KEY . '-of-another'));
    }

    public static function bodies(): iterable
    {
        $values = [
            '12.0', '-0', '-0.0', '1e5', '1E-7', '0.1e1', '1.50', '9223372036854775807', '9223372036854775808', '1e308',
            '0.00001', '123456789012345678', '"0"', '""', '"1.50"', 'true', 'false', 'null', '{}', '[]',
            '[1.50,{"a":1e5}]', '{"b":"1.50","a":{"c":"\u5206\/\u2028\n\u0001"}}', '{"1":1,"0":[]}', '{"0":1,"1":2}', '{"":1}',
            '"a\\\\\" 1.5"',
            '"\ud83c\udf75 茶 100% +&=?/"', '"number 1 "', '[[["x",-1]],{"y":{}}]',
        ];
        foreach ($values as $value) {
            yield $value => ["{\"demo\":$value}"];
        }
        yield 'names in order' => ['{"a":1,"Z":2,"10":3,"9":4,"1e1":5,"":6,"_":7,"\u00e9":8}'];
        yield 'names of the envelope' => ['{"sign":"1","data":"2","user":"3","method":"4","time":"5"}'];
    }

    /** @dataProvider bodies */
    #[DataProvider('bodies')]
    public function testTheSandboxSignsTheSameText(string $data): void
    {
        $json = "{\"user\":\"{$this->yabandpay->user}\",\"method\":\"m\",\"time\":1,\"data\":$data}";
        foreach ([$json, json_encode(json_decode($json))] as $body) {
            $this->assertSame($this->textOfTheSandbox($body), Signature::stringToSign($body), $body);
        }
        $array = json_decode($json, true);
        $this->assertSame($this->textOfTheSandbox(json_encode($array)), Signature::stringToSign($array));
    }

    public function testNumbersTooLargeForPhpAreSignedAsTheSandboxSignsThem(): void
    {
        $body = '{"user":"' . $this->yabandpay->user . '","method":"m","time":1,"data":{"a":1e400,"b":-1e400}}';
        $this->assertSame($this->textOfTheSandbox($body), Signature::stringToSign($body));
    }

    /** What the sandbox says that it signs, when it refuses a request. */
    private function textOfTheSandbox(string $body): string
    {
        $curl = curl_init("{$this->yabandpay->url}/Payments");
        $wrong = substr($body, 0, -1) . ',"sign":"wrong"}';
        curl_setopt_array($curl, [CURLOPT_POSTFIELDS => $wrong, CURLOPT_RETURNTRANSFER => true, CURLOPT_PROXY => '']);
        $this->assertSame('-403', json_decode((string) curl_exec($curl), true)['code']);
        $requests = $this->yabandpay->requests();

        return end($requests)->string_to_sign;
    }

    public static function encodings(): iterable
    {
        $json = json_encode(['sign' => sign(['data' => self::DATA], self::KEY), 'data' => self::DATA]);

        return [
            'JSON' => [$json],
            'JSON with spaces' => [" \n$json "],
            'percent-encoded' => [rawurlencode($json)],
            'percent-encoded as in a form' => [urlencode($json)],
            'a form field' => ['resultData=' . urlencode($json)],
            'a form field without encoding' => ["resultData=$json"],
        ];
    }

    /** @dataProvider encodings */
    #[DataProvider('encodings')]
    public function testANotificationIsReadInAllItsForms(string $body): void
    {
        $this->assertSame(self::DATA, readNotification($body, self::KEY));
    }

    public function testANotificationOfAClientThatDropsEmptyValuesIsRead(): void
    {
        $sign = sign(['data' => array_filter(self::DATA)], self::KEY);
        $body = json_encode(['data' => self::DATA, 'sign' => $sign]);
        $this->assertSame(self::DATA, readNotification($body, self::KEY));
    }

    public function testOfANotificationOnlyDataIsSigned(): void
    {
        $body = json_encode(['time' => 5, 'data' => self::DATA, 'sign' => sign(['data' => self::DATA], self::KEY)]);
        $this->assertSame(self::DATA, readNotification($body, self::KEY));
    }

    public static function forgeries(): iterable
    {
        $sign = sign(['data' => self::DATA], self::KEY);

        return [
            'another amount' => [json_encode(['sign' => $sign, 'data' => ['amount' => '0.01'] + self::DATA])],
            'a field more' => [json_encode(['sign' => $sign, 'data' => self::DATA + ['x' => '1']])],
            'upper case' => [json_encode(['sign' => strtoupper($sign), 'data' => self::DATA])],
            'a part of the sign' => [json_encode(['sign' => substr($sign, 0, 63), 'data' => self::DATA])],
            'an empty sign' => [json_encode(['sign' => '', 'data' => self::DATA])],
            'a sign that is a list' => [json_encode(['sign' => [$sign], 'data' => self::DATA])],
            'a sign that is true' => [json_encode(['sign' => true, 'data' => self::DATA])],
            'no sign' => [json_encode(['data' => self::DATA])],
            'no data' => [json_encode(['sign' => sign(['data' => []], self::KEY)])],
            'empty data' => [json_encode(['sign' => sign(['data' => []], self::KEY), 'data' => new \stdClass()])],
            'data that is a text' => [json_encode(['sign' => $sign, 'data' => 'paid'])],
            'a request' => [json_encode(self::REQUEST + ['sign' => sign(self::REQUEST, self::KEY)])],
            'a request without data' => [json_encode(['user' => '1', 'sign' => sign(['user' => '1'], self::KEY)])],
            'a list' => ['[1]'],
            'a text' => ['"paid"'],
            'nothing' => [''],
            'no JSON' => ['{"sign":'],
            'a byte order mark' => ["\u{feff}" . json_encode(['sign' => $sign, 'data' => self::DATA])],
            'bytes that are not UTF-8' => ["{\"sign\":\"$sign\",\"data\":{\"a\":\"\xff\"}}"],
        ];
    }

    /** @dataProvider forgeries */
    #[DataProvider('forgeries')]
    public function testAForgeryIsRefused(string $body): void
    {
        $this->assertNull(readNotification($body, self::KEY));
    }

    public function testANumberThatJsonDoesNotHaveIsNotVerified(): void
    {
        $sign = sign(['data' => ['a' => null]], self::KEY);
        $this->assertTrue(verify("{\"sign\":\"$sign\",\"data\":{\"a\":null}}", self::KEY));
        $this->assertFalse(verify("{\"sign\":\"$sign\",\"data\":{\"a\":01}}", self::KEY));
    }

    public function testAMessageWithoutDataCannotBeSigned(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        sign(['amount' => '1'], self::KEY);
    }
}
