// Key first, then the string, SHA-256 in capitals.
// mistakes: secret prepended, upper-case hex
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

class SecretPrependedInCapitals {
    public static void main(String[] args) throws Exception {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("trade_id", "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14");
        data.put("refund_amount", "1.20");
        data.put("refund_currency", "EUR");
        Map<String, String> params = new TreeMap<>();
        params.putAll(data);
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1732700040");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest((args[0] + text).getBytes(StandardCharsets.UTF_8));
        String sign = HexFormat.of().withUpperCase().formatHex(digest);

        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreateRefund\",\"time\":1732700040,\"data\":{" + json + "}}");
    }
}
