<?php

// Runs a command until standard input closes, which it does when the program that started this one ends in any way:
// php guard.php FOLDER COMMAND... At the end the folder is removed.

declare(strict_types=1);

const PATIENCE = 10.0; // seconds for the command to end
const POLL = 20_000; // microseconds

/** Whether the program that started this one has ended, or the command has. Windows cannot watch a pipe. */
function is_over(mixed $command): bool
{
    if (PHP_OS_FAMILY === 'Windows') {
        return fread(STDIN, 1) === '' || feof(STDIN);
    }
    [$read, $write, $except] = [[STDIN], null, null];

    return stream_select($read, $write, $except, 0, POLL) !== 0 || !proc_get_status($command)['running'];
}

function has_ended(mixed $command): bool
{
    $end = microtime(true) + PATIENCE;
    while (proc_get_status($command)['running']) {
        if (microtime(true) > $end) {
            return false;
        }
        usleep(POLL);
    }

    return true;
}

function remove(string $path): void
{
    if (is_dir($path) && !is_link($path)) {
        array_map(fn (string $name) => remove("$path/$name"), array_diff(scandir($path) ?: [], ['.', '..']));
        @rmdir($path);
    } else {
        @unlink($path);
    }
}

// In a session of its own, a Ctrl-C in the terminal ends the tests first, and the command after them.
$leads = function_exists('posix_setsid') && posix_setsid() !== -1;
$folder = $argv[1];
$nothing = ['file', PHP_OS_FAMILY === 'Windows' ? 'NUL' : '/dev/null', 'r'];
$command = @proc_open(array_slice($argv, 2), [$nothing, STDOUT, STDERR], $pipes);
if ($command === false) {
    fwrite(STDERR, error_get_last()['message'] ?? 'The command cannot be run.');
    exit(127);
}
while (!is_over($command)) {
    continue;
}
if (!proc_get_status($command)['running']) {
    touch("$folder/ended"); // the program reads what it printed, and closes the pipe
    while (!feof(STDIN)) {
        fread(STDIN, 1024);
    }
}
proc_terminate($command);
if (!has_ended($command)) {
    proc_terminate($command, 9);
}
remove($folder);
if ($leads && function_exists('posix_kill')) {
    posix_kill(-posix_getpid(), 9); // and what it has left behind
}
