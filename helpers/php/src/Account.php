<?php

declare(strict_types=1);

namespace YabandpayMock;

use PHPUnit\Framework\Assert;
use YabandpayMock\Api\AccountChanges;
use YabandpayMock\Api\AccountRecord;
use YabandpayMock\Api\ExchangeRecord;
use YabandpayMock\Api\InState;
use YabandpayMock\Api\Journal;
use YabandpayMock\Api\ListedPaymentRecord;
use YabandpayMock\Api\ListedPaymentRecordPage;
use YabandpayMock\Api\Met;
use YabandpayMock\Api\NewState;
use YabandpayMock\Api\NotificationRecord;
use YabandpayMock\Api\PaymentRecord;
use YabandpayMock\Api\QueueEntry;
use YabandpayMock\Api\Quiet;
use YabandpayMock\Api\Requests;
use YabandpayMock\Api\Verification;
use YabandpayMock\Api\Verified;
use YabandpayMock\Api\Wait;

/** An account of a sandbox, isolated from all others. Your application signs with its `user` and `secretKey`. */
final class Account
{
    private const MOST = 1000;
    private const JSON = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR;

    public readonly string $url;
    public readonly string $user;
    public readonly string $secretKey;
    public readonly string $name;
    public readonly Clock $clock;

    private readonly string $path;
    private readonly string $began;
    private ?Merchant $merchant = null;

    /**
     * @param \Closure(): MerchantServer $merchants
     *
     * @internal
     */
    public function __construct(private readonly Api $api, AccountRecord $record, private readonly \Closure $merchants)
    {
        $this->url = $api->url;
        $this->user = $record->user;
        $this->secretKey = $record->secret_key;
        $this->name = $record->name;
        $this->path = '/accounts/' . rawurlencode($record->user);
        $this->began = $record->clock->now;
        $this->clock = new Clock($api, "$this->path/clock");
    }

    /** The merchant that records this account's notifications; it listens from the first call. */
    public function merchant(): Merchant
    {
        return $this->merchant ??= ($this->merchants)()->merchant($this->user, $this->secretKey);
    }

    /**
     * Select a scenario for all further requests, or for the next `$times` that match.
     *
     * In `$method` and `$reference`, which is the order_id or another reference of the merchant, `*` matches any text.
     *
     * @throws ApiRefused there is no such scenario or method; the message has the nearest name
     */
    public function use(string $scenario, ?int $times = null, string $method = '*', string $reference = '*'): void
    {
        if ($times !== null && $times < 1) {
            throw new \InvalidArgumentException("times must be at least 1, not $times; leave it out for all requests");
        }
        if ($times === null && $method === '*' && $reference === '*') {
            $this->api->call('PATCH', $this->path, null, new AccountChanges(scenario: $scenario));
        } else {
            $entry = new QueueEntry($scenario, $times ?? 1, $method, $reference);
            $this->api->call('POST', "$this->path/scenarios", null, $entry);
        }
    }

    /**
     * Send a signed request to the gateway, as a shop does. Returns the answer: status, code, data and message.
     *
     * @param array<string, mixed> $data
     *
     * @return array<string, mixed>
     */
    public function send(string $method, array $data): array
    {
        $request = ['user' => $this->user, 'method' => $method, 'time' => time(), 'data' => (object) $data];
        $request['sign'] = sign(['data' => $data] + $request, $this->secretKey);

        return json_decode($this->post('/Payments', json_encode($request, self::JSON)), true, 512, JSON_THROW_ON_ERROR);
    }

    /**
     * Post a body as it is to the sandbox, at the path of an address, such as one that a library has built in.
     *
     * @return string the body of the answer
     */
    public function post(string $url, string $body): string
    {
        return $this->api->exchange('POST', parse_url($url, PHP_URL_PATH) ?: '/', $body)[1];
    }

    /**
     * Wait until the payment of an order is in a state, by default the newest payment.
     *
     * With `$orderId`, the wait ends early if the request for the order was rejected, unless a scenario rejected it.
     *
     * @throws NotAsExpected it is not in time; the message has the payment's state, or why the request was rejected
     */
    public function waitFor(
        string $state,
        ?string $orderId = null,
        ?string $tradeId = null,
        string|int|float $timeout = '10s',
    ): PaymentRecord {
        $payment = $this->wait(new InState('state', $state, trade_id: $tradeId, order_id: $orderId), $timeout)->payment;
        Assert::assertSame($state, $payment?->state); // counts as an assertion of the test

        return $payment;
    }

    /**
     * Wait for `$count` requests that match; in `$method` and the fields of `$data` `*` matches any text.
     *
     * @param array<string, string> $data
     *
     * @return list<ExchangeRecord>
     *
     * @throws NotAsExpected there were fewer in time; the message has the most similar ones
     */
    public function waitForRequests(
        ?string $method = null,
        ?string $code = null,
        array $data = [],
        int $count = 1,
        string|int|float $timeout = '10s',
    ): array {
        $wanted = new Requests('requests', method: $method, code: $code, data: $data, count: $count);
        $matched = $this->wait($wanted, $timeout)->matched;
        Assert::assertGreaterThanOrEqual($count, count($matched));

        return $matched;
    }

    /**
     * Wait until no notification is being sent or due for a retry.
     *
     * @throws NotAsExpected some still are
     */
    public function waitUntilQuiet(string|int|float $timeout = '10s'): void
    {
        $this->wait(new Quiet('quiet'), $timeout);
        Assert::assertTrue(true);
    }

    /**
     * Check the requests so far: as many as wanted match, by default at least one.
     *
     * @param array<string, string> $data
     *
     * @return list<ExchangeRecord>
     *
     * @throws NotAsExpected there are more or fewer; the message has the most similar ones
     */
    public function expectRequests(
        ?string $method = null,
        ?string $code = null,
        array $data = [],
        ?int $exactly = null,
        ?int $atLeast = null,
        ?int $atMost = null,
    ): array {
        $wanted = [new Requests('requests', method: $method, code: $code, data: $data)];
        $verification = new Verification($wanted, exactly: $exactly, at_least: $atLeast, at_most: $atMost);
        $verified = $this->api->expect("$this->path/verify", Verified::from(...), $verification);
        Assert::assertTrue(true);

        return $verified->matched;
    }

    /** Change the state of a payment, as the payer or the gateway would. */
    public function setState(string $tradeId, string $state): PaymentRecord
    {
        $path = "$this->path/payments/" . rawurlencode($tradeId) . '/state';

        return $this->api->call('POST', $path, PaymentRecord::from(...), new NewState($state));
    }

    /**
     * The payments, oldest first, at most a thousand.
     *
     * @return list<ListedPaymentRecord>
     */
    public function payments(): array
    {
        return $this->api->call('GET', $this->all('payments'), ListedPaymentRecordPage::from(...))->items;
    }

    /**
     * The requests and their answers, oldest first, at most the newest thousand.
     *
     * @return list<ExchangeRecord>
     */
    public function requests(): array
    {
        return array_reverse($this->api->call('GET', $this->all('exchanges'), Journal::from(...))->items);
    }

    /**
     * The notifications and their attempts, oldest first, at most a thousand.
     *
     * @return list<NotificationRecord>
     */
    public function notifications(): array
    {
        $read = static fn (array $items): array => array_map(NotificationRecord::from(...), $items);

        return $this->api->call('GET', $this->all('notifications'), $read);
    }

    /** What happened in the account, and the requests that were perhaps meant for it, as text. */
    public function story(): string
    {
        try {
            return $this->api->text("$this->path/story?since=" . rawurlencode($this->began));
        } catch (SandboxError $error) {
            return "The sandbox did not tell what happened: {$error->getMessage()}\n";
        }
    }

    /** Delete the account and everything in it. */
    public function close(): void
    {
        $this->api->call('DELETE', $this->path);
    }

    private function all(string $what): string
    {
        return "$this->path/$what?limit=" . self::MOST;
    }

    private function wait(InState|Requests|Quiet $what, string|int|float $timeout): Met
    {
        return $this->api->expect("$this->path/wait", Met::from(...), new Wait($what, Duration::text($timeout)));
    }
}
