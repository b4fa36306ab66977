package io.github.yabandpay_mock;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.opentest4j.AssertionFailedError;

/**
 * A merchant that listens on a free port, and verifies and records the notifications that it receives. It answers
 * {@code ok} to a notification with a correct signature, and {@code bad} to any other request.
 */
public final class Merchant {
    private static final int OK = 200;

    private final String secretKey;
    private final String host;
    private final HttpServer server;
    private final ExecutorService threads;
    private final List<Received> received = new ArrayList<>();
    private final Deque<Reply> replies = new ArrayDeque<>();

    private record Reply(int status, String body) {}

    Merchant(String secretKey, String knownAs) {
        this.secretKey = secretKey;
        this.host = knownAs.isEmpty() ? "127.0.0.1" : knownAs;
        InetSocketAddress address = knownAs.isEmpty()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
                : new InetSocketAddress(0);
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException error) {
            throw new UncheckedIOException("No port is free for a merchant: " + error.getMessage(), error);
        }
        threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "yabandpay-merchant");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    /**
     * The {@code notify_url} for orders.
     *
     * @return an address that the sandbox can reach
     */
    public String url() {
        return "http://" + host + ":" + port() + "/notify";
    }

    /**
     * The port on which this merchant listens.
     *
     * @return a port of this machine
     */
    public int port() {
        return server.getAddress().getPort();
    }

    /**
     * Answers the next request differently.
     *
     * @param status the HTTP status
     * @param body the body of the answer
     */
    public void respondWith(int status, String body) {
        respondWith(status, body, 1);
    }

    /**
     * Answers the next requests differently.
     *
     * @param status the HTTP status
     * @param body the body of the answers
     * @param times the number of requests
     */
    public void respondWith(int status, String body, int times) {
        if (times < 1) {
            throw new IllegalArgumentException("times must be at least 1, not " + times);
        }
        synchronized (received) {
            replies.addAll(Collections.nCopies(times, new Reply(status, body)));
        }
    }

    /**
     * Everything that was received so far.
     *
     * @return the requests, oldest first
     */
    public List<Received> received() {
        synchronized (received) {
            return List.copyOf(received);
        }
    }

    /**
     * The notifications with a correct signature so far.
     *
     * @return the notifications, oldest first
     */
    public List<Notification> notifications() {
        return received().stream().flatMap(one -> one.notification().stream()).toList();
    }

    /**
     * The states of the notifications so far, such as {@code paid}.
     *
     * @return the states, oldest first
     */
    public List<String> states() {
        return notifications().stream().map(Notification::state).toList();
    }

    /**
     * Waits up to 30 seconds until requests were received, whether their signature is correct or not.
     *
     * @param count the least number of requests since the start
     * @return everything that was received
     * @throws AssertionFailedError if there were fewer in time
     */
    public List<Received> waitFor(int count) {
        return waitFor(count, Duration.ofSeconds(30));
    }

    /**
     * Waits until requests were received, whether their signature is correct or not.
     *
     * @param count the least number of requests since the start
     * @param timeout how long to wait
     * @return everything that was received
     * @throws AssertionFailedError if there were fewer in time
     */
    public List<Received> waitFor(int count, Duration timeout) {
        long ends = System.nanoTime() + timeout.toNanos();
        synchronized (received) {
            while (received.size() < count) {
                long left = (ends - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionFailedError("Expected " + count + " notifications within " + timeout.toMillis()
                            + " ms, but received " + seen() + ".");
                }
                try {
                    received.wait(left);
                } catch (InterruptedException error) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("The wait for a notification was interrupted.", error);
                }
            }
            return List.copyOf(received);
        }
    }

    private List<String> seen() {
        return received.stream()
                .map(one -> one.notification().map(Notification::state).orElse("a wrong signature"))
                .toList();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Reply reply = take(exchange.getRequestURI().getPath(), exchange.getRequestBody().readAllBytes());
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.getResponseHeaders().set("Connection", "close"); // else the body would wait 40 ms, by Nagle's algorithm
            exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Reply take(String path, byte[] body) {
        Optional<Notification> notification = notification(body);
        synchronized (received) {
            received.add(new Received(path, new String(body, StandardCharsets.UTF_8), notification));
            received.notifyAll();
            Reply chosen = replies.poll();
            return chosen != null ? chosen : new Reply(OK, notification.isPresent() ? "ok" : "bad");
        }
    }

    private Optional<Notification> notification(byte[] body) {
        try {
            return Optional.of(Notification.verified(body, secretKey));
        } catch (InvalidNotificationException error) {
            return Optional.empty();
        }
    }

    void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
