<?php

declare(strict_types=1);

namespace YabandpayMock\Tests;

use PHPUnit\Framework\TestCase;
use YabandpayMock\Command;
use YabandpayMock\Sandbox;
use YabandpayMock\SandboxError;

use function YabandpayMock\startSandbox;

final class SandboxTest extends TestCase
{
    private ?Sandbox $sandbox = null;
    /** @var array<string, string|false> */
    private array $before = [];
    private string $folder = '';

    protected function setUp(): void
    {
        foreach (['YABANDPAY_MOCK_URL', 'YABANDPAY_MOCK_COMMAND', 'YABANDPAY_MOCK_CONTROL_TOKEN'] as $name) {
            $this->before[$name] = getenv($name);
        }
        putenv('YABANDPAY_MOCK_URL');
    }

    protected function tearDown(): void
    {
        $this->sandbox?->stop();
        if ($this->folder !== '') {
            rmdir($this->folder);
        }
        foreach ($this->before as $name => $value) {
            putenv($value === false ? $name : "$name=$value");
        }
    }

    public function testASandboxIsStartedAndStopped(): void
    {
        $this->sandbox = startSandbox();
        $this->assertTrue(self::answers($this->sandbox->url));
        $this->sandbox->stop();
        $this->assertFalse(self::answers($this->sandbox->url));
    }

    public function testASandboxIsStartedWithOptions(): void
    {
        $this->sandbox = startSandbox(options: ['--scenario', 'declined', '--user', '777777']);
        $account = $this->sandbox->account();
        Order::send($account);
        $this->assertSame('declined', $account->waitFor('declined')->state);
    }

    public function testARunningSandboxIsUsed(): void
    {
        $this->sandbox = startSandbox();
        putenv("YABANDPAY_MOCK_URL={$this->sandbox->url}/");
        $same = startSandbox();

        $this->assertSame($this->sandbox->url, $same->url);
        $account = $same->account();
        Order::send($account);
        $account->merchant()->waitFor();
        $same->stop();
        $this->assertTrue(self::answers($this->sandbox->url), 'A sandbox that runs already is left running.');
    }

    public function testASandboxElsewhereReachesTheMerchantByName(): void
    {
        $this->sandbox = startSandbox();
        $account = startSandbox($this->sandbox->url, merchantHost: 'localhost')->account();
        Order::send($account);

        $this->assertStringStartsWith('http://localhost:', $account->merchant()->url);
        $this->assertSame(['paid'], array_column(array_column($account->merchant()->waitFor(), 'data'), 'state'));
    }

    public function testTheControlTokenIsSent(): void
    {
        $this->sandbox = startSandbox(controlToken: 'a-token');
        $this->assertNotSame('', $this->sandbox->account()->user);
        putenv('YABANDPAY_MOCK_CONTROL_TOKEN=a-token');
        $this->assertNotSame('', startSandbox($this->sandbox->url)->account()->user);
    }

    public function testAWrongControlTokenIsNamed(): void
    {
        $this->sandbox = startSandbox(controlToken: 'a-token');
        $this->expectException(SandboxError::class);
        $this->expectExceptionMessageMatches('/token.* Set it as YABANDPAY_MOCK_CONTROL_TOKEN/s');
        startSandbox($this->sandbox->url, controlToken: 'another')->account();
    }

    public function testAMissingCommandIsNamedWithWhatHelps(): void
    {
        $this->expectException(SandboxError::class);
        $this->expectExceptionMessage('There is no command yabandpay-mok on the PATH. Install the sandbox');
        startSandbox(command: 'yabandpay-mok');
    }

    public function testACommandIsAPathOrAProgramWithArguments(): void
    {
        $path = (string) tempnam(sys_get_temp_dir(), 'the command ');
        chmod($path, 0755);
        try {
            $this->assertSame([$path], Command::find($path));
            $this->assertSame(['/bin/sh', $path, '--quiet'], Command::find("/bin/sh \"$path\"  --quiet"));
            $this->assertSame(['/bin/sh', $path], Command::find("/bin/sh '$path'"));
        } finally {
            unlink($path);
        }
    }

    public function testAMissingProgramIsNamed(): void
    {
        putenv('YABANDPAY_MOCK_COMMAND=/no/where/yabandpay-mock --quickly');
        $this->expectException(SandboxError::class);
        $this->expectExceptionMessage('There is no program /no/where/yabandpay-mock.');
        startSandbox();
    }

    public function testASandboxThatDoesNotStartIsShownWithItsOutput(): void
    {
        $this->expectException(SandboxError::class);
        $this->expectExceptionMessageMatches("/^The sandbox did not start: .*--scenario declind\n.*declined/s");
        startSandbox(options: ['--scenario', 'declind']);
    }

    public function testACommandThatNeverGetsReadyIsGivenUp(): void
    {
        $this->expectException(SandboxError::class);
        $this->expectExceptionMessageMatches('/^The sandbox was not ready within 200ms: .* serve /');
        startSandbox(command: PHP_BINARY . ' -r while(fgets(STDIN)!==0)usleep(9); --', timeout: '200ms');
    }

    public function testAnAddressWithoutASandboxIsNamed(): void
    {
        $this->expectException(SandboxError::class);
        $this->expectExceptionMessageMatches('~^No sandbox is ready at http://127\.0\.0\.1:1 after 0ms: .*not answer~');
        startSandbox('http://127.0.0.1:1', timeout: '0ms');
    }

    public function testAnotherServerIsNoSandbox(): void
    {
        $this->sandbox = startSandbox();
        $merchant = $this->sandbox->account()->merchant();
        $this->expectException(SandboxError::class);
        $this->expectExceptionMessage('after 0ms: it answered with the HTTP status 200, and not as a sandbox');
        startSandbox($merchant->url, timeout: '0ms');
    }

    /** @dataProvider ends */
    #[\PHPUnit\Framework\Attributes\DataProvider('ends')]
    public function testNothingOutlivesTheProgram(string $end): void
    {
        $program = new Program($this->folder(), <<<PHP
            \$sandbox = startSandbox();
            \$merchant = \$sandbox->account()->merchant();
            echo json_encode([\$sandbox->url, \$merchant->url]), PHP_EOL;
            fgets(STDIN);
            $end
            PHP);
        $urls = json_decode($program->line(), true);
        $this->assertCount(2, array_filter($urls, self::answers(...)));
        if ($end === '') {
            $program->kill();
        }
        $program->output();
        while (array_filter($urls, self::answers(...)) !== [] || glob($this->folder() . '/*') !== []) {
            continue; // a guard ends them a moment after a program that was killed
        }
    }

    public static function ends(): array
    {
        return ['killed' => [''], 'ends' => ['exit(0);'], 'fails' => ['throw new Exception("x");']];
    }

    /** @dataProvider failures */
    #[\PHPUnit\Framework\Attributes\DataProvider('failures')]
    public function testASandboxThatDoesNotStartLeavesNothing(string $arguments): void
    {
        $output = (new Program($this->folder(), "startSandbox($arguments);"))->output();
        $this->assertStringContainsString('SandboxError', $output);
        $this->assertSame([], glob($this->folder() . '/*'));
    }

    public static function failures(): array
    {
        return [
            'no command' => ['command: "yabandpay-mok"'],
            'a wrong option' => ['options: ["--scenario", "declind"]'],
            'nobody there' => ['"http://127.0.0.1:1", timeout: "0s"'],
        ];
    }

    public function testAForkLeavesTheSandboxRunning(): void
    {
        if (!function_exists('pcntl_fork')) {
            $this->markTestSkipped('needs the extension pcntl');
        }
        $output = (new Program($this->folder(), <<<'PHP'
            $sandbox = startSandbox();
            if (pcntl_fork() === 0) {
                exit(0);
            }
            pcntl_wait($status);
            echo $sandbox->account(name: 'still here')->name;
            PHP))->output();
        $this->assertSame('still here', $output);
    }

    public function testTheVersionIsThatOfTheSandbox(): void
    {
        $this->sandbox = startSandbox();
        $answer = (string) file_get_contents("{$this->sandbox->url}/_sandbox/api/version");
        $this->assertSame(json_decode($answer, true)['version'], Sandbox::VERSION);
    }

    /** A folder for the temporary files of a program. */
    private function folder(): string
    {
        if ($this->folder === '') {
            $this->folder = sys_get_temp_dir() . '/yabandpay-mock-test-' . bin2hex(random_bytes(8));
            mkdir($this->folder);
        }

        return $this->folder;
    }

    private static function answers(string $url): bool
    {
        ['host' => $host, 'port' => $port] = parse_url($url);
        $connection = @stream_socket_client("tcp://$host:$port");

        return $connection !== false && fclose($connection);
    }
}
