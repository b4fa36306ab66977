package io.github.yabandpay_mock;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A sandbox in a process of its own, on a free port. It ends when it is closed, and with this JVM. */
final class SandboxProcess implements AutoCloseable {
    // The process is the sandbox itself, and a watcher beside it. When this JVM is killed, its pipe closes without a byte.
    private static final String UNTIL_PIPE_CLOSES = "exec 3<&0;"
            + " { if [ -z \"$(cat)\" ]; then kill $$ && rm -rf \"$0\"; fi; } <&3 >/dev/null 2>&1 3<&- &"
            + " exec \"$@\" </dev/null 3<&-";
    private static final Duration LONGEST_START = Duration.ofSeconds(60);
    private static final long LONGEST_STOP = 10;
    private static final long PAUSE = 20;
    private static final int SHOWN = 4000;

    private final List<String> command;
    private final Path folder;
    private final Path errors;
    private final Process process;
    private final Thread atExit = new Thread(this::stopAndRemove, "yabandpay-mock-stop");
    private final String url;

    SandboxProcess(String given, List<String> options) {
        command = new ArrayList<>(Command.find(given));
        command.add("serve");
        command.addAll(options);
        try {
            folder = Files.createTempDirectory("yabandpay-mock");
            errors = folder.resolve("errors.txt");
            process = start(folder.resolve("ready"));
        } catch (IOException error) {
            throw new NoSandboxException("The sandbox did not start: " + error.getMessage(), error);
        }
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            url = firstLine(folder.resolve("ready"));
        } catch (RuntimeException error) {
            end();
            remove();
            throw error;
        }
    }

    String url() {
        return url;
    }

    private Process start(Path ready) throws IOException {
        List<String> words = new ArrayList<>(command);
        if (!Command.WINDOWS) {
            words.addAll(0, List.of("sh", "-c", UNTIL_PIPE_CLOSES, folder.toString()));
        }
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(errors.toFile());
        Map<String, String> settings = builder.environment();
        settings.put("YABANDPAY_MOCK_PORT", "0");
        settings.put("YABANDPAY_MOCK_READY_FILE", ready.toString());
        settings.putIfAbsent("YABANDPAY_MOCK_LOG", "none");
        settings.putIfAbsent("YABANDPAY_MOCK_PAY_DELAY", "20ms");
        return builder.start();
    }

    private String firstLine(Path ready) {
        long ends = System.nanoTime() + LONGEST_START.toNanos();
        try {
            while (!Files.exists(ready)) {
                if (process.waitFor(PAUSE, TimeUnit.MILLISECONDS)) {
                    throw new NoSandboxException("The sandbox did not start: " + String.join(" ", command)
                            + " ended with status " + process.exitValue() + ".\n" + written());
                }
                if (System.nanoTime() > ends) {
                    throw new NoSandboxException("The sandbox did not start: " + String.join(" ", command)
                            + " was not ready after " + LONGEST_START.toSeconds() + " s.\n" + written());
                }
            }
            return Files.readAllLines(ready).get(0);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new NoSandboxException("The start of the sandbox was interrupted.", error);
        }
    }

    /** What the sandbox wrote as errors. */
    private String written() {
        try {
            String text = new String(Files.readAllBytes(errors), StandardCharsets.UTF_8).strip();
            return text.length() > SHOWN ? "..." + text.substring(text.length() - SHOWN) : text;
        } catch (IOException error) {
            return "";
        }
    }

    private void endWatcher() {
        try (OutputStream pipe = process.getOutputStream()) {
            pipe.write('.');
        } catch (IOException error) {
            // it has ended
        }
    }

    private void stop() {
        endWatcher();
        process.destroy();
        try {
            if (!process.waitFor(LONGEST_STOP, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException error) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void stopAndRemove() {
        stop();
        remove();
    }

    private void end() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException error) {
            // this JVM ends
        }
    }

    /**
     * Ends the sandbox.
     *
     * @throws AssertionError if it ended with an error, as it does with {@code --strict} if it found something
     */
    @Override
    public void close() {
        end();
        String text = written();
        remove();
        boolean hasFailed = process.exitValue() != 0 && !Command.WINDOWS; // where a process that is ended always has a status
        if (hasFailed && !text.isEmpty()) {
            throw new AssertionError("The sandbox ended with status " + process.exitValue() + ":\n" + text);
        }
        if (!text.isEmpty()) {
            System.err.println("The sandbox wrote:\n" + text);
        }
    }

    private void remove() {
        try {
            Files.deleteIfExists(errors);
            Files.deleteIfExists(folder.resolve("ready"));
            Files.deleteIfExists(folder);
        } catch (IOException error) {
            folder.toFile().deleteOnExit();
        }
    }
}
