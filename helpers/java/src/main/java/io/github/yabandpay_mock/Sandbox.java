package io.github.yabandpay_mock;

import io.github.yabandpay_mock.api.AccountRecord;
import io.github.yabandpay_mock.api.NewAccount;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A sandbox: a process of its own, or one that runs elsewhere. {@link YabandPaySandbox} makes one for JUnit; other test
 * tools use this class.
 */
public final class Sandbox implements AutoCloseable {
    private static final Duration LONGEST_START = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final long PAUSE = 20;
    private static final int READY = 200;

    private final Api api;
    private final String merchantHost;
    private final SandboxProcess process;

    private Sandbox(Api api, String merchantHost, SandboxProcess process) {
        this.api = api;
        this.merchantHost = merchantHost;
        this.process = process;
    }

    /**
     * Starts a sandbox on a free port, with the command {@code yabandpay-mock} or that of {@code YABANDPAY_MOCK_COMMAND}.
     *
     * @param options flags of {@code yabandpay-mock serve}
     * @return a sandbox that is ready
     * @throws NoSandboxException if there is no such command, or the sandbox does not start; the message says why
     */
    public static Sandbox start(String... options) {
        return start(setting("command", ""), List.of(options), setting("control-token", ""));
    }

    static Sandbox start(String command, List<String> options, String token) {
        SandboxProcess process = new SandboxProcess(command, options);
        return new Sandbox(new Api(process.url(), token), "", process);
    }

    /**
     * Uses a sandbox that runs already, and waits until it is ready.
     *
     * @param url its address, such as {@code http://127.0.0.1:8765}
     * @return a sandbox that is ready
     * @throws NoSandboxException if it is not ready after 30 seconds
     */
    public static Sandbox at(String url) {
        return at(url, setting("control-token", ""), setting("merchant-host", ""));
    }

    /**
     * Uses a sandbox that runs already, and waits until it is ready.
     *
     * @param url its address, such as {@code http://127.0.0.1:8765}
     * @param controlToken its control token; empty if it has none
     * @param merchantHost the name by which it reaches merchants on this machine; empty if it runs on this machine
     * @return a sandbox that is ready
     * @throws NoSandboxException if it is not ready after 30 seconds
     */
    public static Sandbox at(String url, String controlToken, String merchantHost) {
        return at(url, controlToken, merchantHost, LONGEST_START);
    }

    static Sandbox at(String url, String controlToken, String merchantHost, Duration timeout) {
        String base = url.replaceAll("/+$", "");
        awaitReady(base, timeout);
        return new Sandbox(new Api(base, controlToken), merchantHost, null);
    }

    /** A setting of the tests: a system property such as {@code yabandpay.mock.url}, or {@code YABANDPAY_MOCK_URL}. */
    private static String setting(String name, String otherwise) {
        String variable = "YABANDPAY_MOCK_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
        String given = System.getProperty("yabandpay.mock." + name, System.getenv(variable));
        return given == null ? otherwise : given;
    }

    /**
     * Its address.
     *
     * @return the base URL, without a slash at its end
     */
    public String url() {
        return api.url();
    }

    /**
     * Creates an account, which you close.
     *
     * @param name the name of the account in the dashboard
     * @return an account of its own
     */
    public MerchantAccount account(String name) {
        return account(NewAccount.of().withName(name));
    }

    /**
     * Creates an account, which you close.
     *
     * @param wanted its fields; what is left out gets a default
     * @return an account of its own
     */
    public MerchantAccount account(NewAccount wanted) {
        return new MerchantAccount(api, api.send(AccountRecord.class, "POST", "/accounts", wanted), merchantHost);
    }

    /**
     * Ends the process that {@link #start} has started; a sandbox that runs elsewhere is left alone.
     *
     * @throws AssertionError if it ended with an error, as it does with {@code --strict} if it found something
     */
    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }

    private static void awaitReady(String url, Duration timeout) {
        HttpClient client =
                HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).connectTimeout(ANSWER).build();
        HttpRequest request = readyRequest(url);
        long ends = System.nanoTime() + timeout.toNanos();
        String problem;
        try {
            while (!(problem = problem(client, request)).isEmpty() && System.nanoTime() < ends) {
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new NoSandboxException("The wait for the sandbox was interrupted.", error);
        }
        if (!problem.isEmpty()) {
            throw new NoSandboxException(
                    "No sandbox is ready at " + url + " after " + timeout.toSeconds() + " s: " + problem);
        }
    }

    private static HttpRequest readyRequest(String url) {
        try {
            return HttpRequest.newBuilder(URI.create(url + "/_sandbox/api/health/ready")).timeout(ANSWER).build();
        } catch (IllegalArgumentException error) {
            throw new NoSandboxException(
                    "Expected the address of a sandbox, such as http://127.0.0.1:8765, not '" + url + "'.", error);
        }
    }

    /** What keeps a sandbox from being ready; empty if nothing does. */
    private static String problem(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            boolean isReady = answer.statusCode() == READY && answer.body().contains("\"ready\"");
            return isReady ? "" : "it answered HTTP " + answer.statusCode();
        } catch (IOException error) {
            return error.getMessage() == null ? "connection refused" : error.getMessage();
        }
    }
}
