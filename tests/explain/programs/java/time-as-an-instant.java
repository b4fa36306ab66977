// Instant is the class for points in time.
// mistakes: time differs
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class TimeAsAnInstant {
    record Request(String user, String method, Instant time, Map<String, String> data) {
        String sign(String secretKey) throws Exception {
            Map<String, Object> params = new TreeMap<>(data);
            params.put("user", user);
            params.put("method", method);
            params.put("time", time);
            String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    public static void main(String[] args) throws Exception {
        Request request = new Request("016683", "v3.QueryOrder", Instant.ofEpochSecond(1733000414),
            Map.of("trade_id", "2eb629a8-96ad-d495-38f2-41f5bebf31cd"));
        System.out.printf("{\"user\":\"%s\",\"sign\":\"%s\",\"method\":\"%s\",\"time\":%d,\"data\":{\"trade_id\":\"%s\"}}%n", request.user(),
            request.sign(args[0]), request.method(), request.time().getEpochSecond(), request.data().get("trade_id"));
    }
}
