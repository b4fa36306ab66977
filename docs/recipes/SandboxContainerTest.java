import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.testcontainers.Testcontainers;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * A payment through the sandbox in a container, with JUnit 5 and Testcontainers for Java 17 and later.
 *
 * <p>Needs the dependencies org.testcontainers:testcontainers and org.junit.jupiter:junit-jupiter.
 */
class SandboxContainerTest {
    private static final int PORT = 8765;
    private static final String USER = "016683";
    private static final String SECRET_KEY = "sandbox-secret-key";

    @Test
    void aPaymentIsPaidAndNotified() throws Exception {
        BlockingQueue<String> notifications = new ArrayBlockingQueue<>(10);
        HttpServer shop = HttpServer.create(new InetSocketAddress(0), 0);
        shop.createContext("/notify", exchange -> {
            notifications.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        shop.start();
        int shopPort = shop.getAddress().getPort();
        Testcontainers.exposeHostPorts(shopPort);

        try (GenericContainer<?> sandbox = new GenericContainer<>("ghcr.io/YOUR-ORGANISATION/yabandpay-mock")
                .withExposedPorts(PORT)
                .waitingFor(Wait.forHttp("/_sandbox/api/health/ready").forPort(PORT))) {
            sandbox.start();
            String url = "http://" + sandbox.getHost() + ":" + sandbox.getMappedPort(PORT) + "/Payments";

            String answer = call(url, "v3.CreatePaymentsAlipayMiniPay", Map.of(
                    "pay_method", "online",
                    "sub_pay_method", "Alipay",
                    "order_id", "A-1",
                    "amount", "24.99",
                    "currency", "EUR",
                    "description", "Tea",
                    "timeout", "60",
                    "notify_url", "http://" + GenericContainer.INTERNAL_HOST_HOSTNAME + ":" + shopPort + "/notify",
                    "redirect_url", "https://shop.example/back"));

            assertTrue(answer.contains("\"code\":\"200\""), answer);
            String notification = notifications.poll(30, TimeUnit.SECONDS);
            assertTrue(notification != null && notification.contains("\"state\":\"paid\""), notification);
        } finally {
            shop.stop(0);
        }
        assertEquals(0, notifications.size());
    }

    /** Signs the fields and sends them. A real shop would use a JSON library for the body. */
    private static String call(String url, String method, Map<String, String> data) throws Exception {
        Map<String, String> signed = new TreeMap<>(data);
        signed.put("user", USER);
        signed.put("method", method);
        signed.put("time", String.valueOf(System.currentTimeMillis() / 1000));
        String text = signed.entrySet().stream()
                .map(field -> field.getKey() + "=" + field.getValue())
                .collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String fields = data.entrySet().stream()
                .map(field -> "\"" + field.getKey() + "\":\"" + field.getValue() + "\"")
                .collect(Collectors.joining(",", "{", "}"));
        String body = "{\"user\":\"" + USER + "\",\"sign\":\"" + sign + "\",\"method\":\"" + method
                + "\",\"time\":" + signed.get("time") + ",\"data\":" + fields + "}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpClient client = HttpClient.newHttpClient();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
}
