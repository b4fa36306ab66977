// The string is made upper case, as its keys are not to depend on case.
// mistakes: string in other case
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class StringInCapitals {
    public static void main(String[] args) throws Exception {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("trade_id", "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14");
        data.put("refund_amount", "1.60");
        data.put("refund_currency", "EUR");
        Map<String, String> params = new TreeMap<>();
        params.putAll(data);
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1732700051");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        text = text.toUpperCase();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreateRefund\",\"time\":1732700051,\"data\":{" + json + "}}");
    }
}
