package io.github.yabandpay_mock;

import io.github.yabandpay_mock.api.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.opentest4j.AssertionFailedError;

/** Calls the API of a sandbox, directly: a proxy cannot reach a sandbox on this machine. */
final class Api {
    private static final Duration LONGEST_CALL = Duration.ofMinutes(11); // a wait takes up to ten
    private static final int BAD = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_IN_TIME = 408;
    private static final int REJECTED = 409;
    private static final String HINT = " Set YABANDPAY_MOCK_CONTROL_TOKEN, or -Dyabandpay.mock.control-token=TOKEN.";

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final String url;
    private final String token;

    Api(String url, String token) {
        this.url = url;
        this.token = token;
    }

    String url() {
        return url;
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    <T> T get(Class<T> type, String path) {
        return Records.read(type, JsonReader.read(text(path)));
    }

    <T> List<T> list(Class<T> item, String path) {
        List<?> items = (List<?>) JsonReader.read(text(path));
        return items.stream().map(one -> Records.read(item, one)).toList();
    }

    String text(String path) {
        return send("GET", "/_sandbox/api" + path, null);
    }

    <T> T send(Class<T> type, String verb, String path, Object body) {
        String answer = send(verb, "/_sandbox/api" + path, body == null ? null : Records.write(body));
        return type == Void.class ? null : Records.read(type, JsonReader.read(answer));
    }

    /** A call that waits or verifies; an expectation that is not met fails the test. */
    <T> T expect(Class<T> type, String path, Object body) {
        try {
            return send(type, "POST", path, body);
        } catch (ApiRefusedException refused) {
            Problem problem = refused.problem();
            if (problem.status() != NOT_IN_TIME && problem.status() != REJECTED) {
                throw refused;
            }
            StringBuilder message = new StringBuilder(problem.detail());
            problem.nearest().forEach(near -> message.append('\n').append(nearMiss((Map<?, ?>) near)));
            throw new AssertionFailedError(message.toString());
        }
    }

    /** Sends a request to the gateway itself, whose answers to refused requests are answers too. */
    String gateway(String body) {
        return exchange("POST", "/Payments", body).body();
    }

    private String send(String verb, String path, String body) {
        HttpResponse<String> answer = exchange(verb, path, body);
        if (answer.statusCode() >= BAD) {
            throw new ApiRefusedException(problem(answer));
        }
        return answer.body();
    }

    private HttpResponse<String> exchange(String verb, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(LONGEST_CALL)
                .method(verb, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (!token.isEmpty() && path.startsWith("/_sandbox")) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            return client.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException error) {
            throw new NoSandboxException("The sandbox at " + url + " did not answer: " + error, error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new NoSandboxException("The call of the sandbox at " + url + " was interrupted.", error);
        }
    }

    private Problem problem(HttpResponse<String> answer) {
        try {
            if (JsonReader.read(answer.body()) instanceof Map<?, ?> json && json.get("detail") instanceof String detail) {
                Problem problem = Records.read(Problem.class, json);
                return answer.statusCode() == UNAUTHORIZED
                        ? new Problem(problem.title(), problem.status(), detail + HINT, problem.type(), problem.nearest())
                        : problem;
            }
        } catch (IllegalArgumentException notJson) {
            // then it is no sandbox, as said below
        }
        String detail = url + " answered HTTP " + answer.statusCode() + "; expected a sandbox of the same version.";
        return new Problem("No sandbox", answer.statusCode(), detail, null, List.of());
    }

    private static String nearMiss(Map<?, ?> nearest) {
        if (nearest.get("differs") instanceof List<?> differs) {
            List<String> reasons = differs.stream().map(String::valueOf).toList();
            return "  near miss: request " + nearest.get("exchange") + ", but " + String.join(" and ", reasons);
        }
        List<String> parts = nearest.entrySet().stream().map(one -> one.getKey() + " " + one.getValue()).toList();
        return "  there is " + String.join(", ", parts);
    }
}
