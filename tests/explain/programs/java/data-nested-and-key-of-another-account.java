// One bean signs for all shops, with the last shop's key.
// mistakes: data nested, key of another account
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class DataNestedAndKeyOfAnotherAccount {
    private static byte[] key;

    static class Shop {
        Shop(String secret) {
            key = secret.getBytes(StandardCharsets.UTF_8);
        }

        String sign(Map<String, ?> request) throws Exception {
            String text = new TreeMap<>(request).entrySet().stream().map(String::valueOf).collect(Collectors.joining("&"));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    public static void main(String[] args) throws Exception {
        Shop ours = new Shop(args[0]);
        Shop theirs = new Shop(args[1]);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("user", "016683");
        request.put("method", "v3.CancelPayment");
        request.put("time", 1733000411);
        request.put("data", "{\"trade_id\":\"4a49ffb3-a30f-ba92-9422-1969afb6f121\"}");
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + ours.sign(request) + "\",\"method\":\"v3.CancelPayment\",\"time\":1733000411,\"data\":" + request.get("data") + "}");
    }
}
