package io.github.yabandpay_mock;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the command that starts a sandbox. */
final class Command {
    static final boolean WINDOWS = File.separatorChar == '\\';
    static final String DEFAULT = "yabandpay-mock";
    private static final String HELP =
            "Install the sandbox with `pipx install yabandpay-mock` (or pip), or name its command in YABANDPAY_MOCK_COMMAND"
                    + " or -Dyabandpay.mock.command, or the address of a running sandbox in YABANDPAY_MOCK_URL.";

    private static final Pattern WORDS = Pattern.compile("\"([^\"]*)\"|'([^']*)'|[^\\s\"']+");

    private Command() {}

    /**
     * The words of a command: a path, which may have spaces, or a program with arguments, in which words with spaces stand
     * in quotes.
     */
    static List<String> find(String given) {
        String command = given.isBlank() ? DEFAULT : given.strip();
        if (isProgram(command)) {
            return List.of(command);
        }
        List<String> words = WORDS.matcher(command).results().map(Command::word).toList();
        String program = words.isEmpty() ? command : words.get(0);
        boolean isPath = program.contains("/") || program.contains(File.separator);
        if (isPath ? isProgram(program) : isOnPath(program)) {
            return words;
        }
        throw new NoSandboxException("There is no command " + program + (isPath ? "" : " on the PATH") + ". " + HELP);
    }

    private static String word(MatchResult found) {
        return found.group(1) != null ? found.group(1) : found.group(2) != null ? found.group(2) : found.group();
    }

    private static boolean isOnPath(String program) {
        String folders = System.getenv().getOrDefault("PATH", "");
        return Stream.of(folders.split(File.pathSeparator))
                .anyMatch(folder -> isProgram(folder + File.separator + program)
                        || (WINDOWS && isProgram(folder + File.separator + program + ".exe")));
    }

    private static boolean isProgram(String path) {
        try {
            return Files.isRegularFile(Path.of(path)) && Files.isExecutable(Path.of(path));
        } catch (InvalidPathException error) {
            return false;
        }
    }
}
