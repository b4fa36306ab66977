// Fields, data and all, as a form, and the digest as Base64.
// mistakes: base64, data included, values URL-encoded
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class DataIncludedEncodedInBase64 {
    public static void main(String[] args) throws Exception {
        String data = "{\"trade_id\":\"5feb401d-d9a4-776f-211f-882b60f14d9d\",\"refund_amount\":\"9.00\",\"refund_currency\":\"EUR\"}";
        TreeMap<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1733000416");
        params.put("data", data);
        for (String field : data.substring(1, data.length() - 1).replace("\"", "").split(",")) {
            String[] parts = field.split(":");
            params.put(parts[0], parts[1]);
        }

        String text = params.entrySet().stream()
            .map((Map.Entry<String, String> e) -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreateRefund\",\"time\":1733000416,\"data\":" + data + "}");
    }
}
