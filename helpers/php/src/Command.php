<?php

declare(strict_types=1);

namespace YabandpayMock;

/**
 * Finds the command of the sandbox.
 *
 * @internal
 */
final class Command
{
    private const NAME = 'yabandpay-mock';
    private const ADVICE = 'Install the sandbox with Python 3.10 or newer, for example with'
        . ' `pipx install yabandpay-mock`. Or set YABANDPAY_MOCK_COMMAND to how it is run,'
        . ' or YABANDPAY_MOCK_URL to the address of a running sandbox.';

    /**
     * The words of a command: a path, which may have spaces, or a program with arguments, in which words with spaces
     * stand in quotes; by default yabandpay-mock.
     *
     * @return non-empty-list<string>
     *
     * @throws SandboxError there is no such program
     */
    public static function find(string $given): array
    {
        $command = trim($given) === '' ? self::NAME : trim($given);
        if (self::isProgram($command)) {
            return [$command];
        }
        preg_match_all('/"([^"]*)"|\'([^\']*)\'|[^\s"\']+/', $command, $found, PREG_SET_ORDER);
        $words = array_map(fn (array $word): string => $word[2] ?? $word[1] ?? $word[0], $found);
        $program = $words[0] ?? $command;
        $isPath = strpbrk($program, '/\\') !== false;
        $found = array_filter($isPath ? [$program] : self::onPath($program), self::isProgram(...));
        if ($found === []) {
            $where = $isPath ? "There is no program $program." : "There is no command $program on the PATH.";
            throw new SandboxError("$where " . self::ADVICE);
        }

        return [reset($found), ...array_slice($words, 1)];
    }

    /** @return list<string> */
    private static function onPath(string $program): array
    {
        $endings = PHP_OS_FAMILY === 'Windows' ? ['.exe', ''] : [''];
        $places = [];
        foreach (array_filter(explode(PATH_SEPARATOR, (string) getenv('PATH'))) as $folder) {
            foreach ($endings as $ending) {
                $places[] = $folder . DIRECTORY_SEPARATOR . $program . $ending;
            }
        }

        return $places;
    }

    private static function isProgram(string $path): bool
    {
        return is_file($path) && is_executable($path);
    }
}
