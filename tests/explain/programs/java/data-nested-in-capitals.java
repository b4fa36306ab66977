// The fields of the request are signed, in capitals.
// mistakes: data nested, upper-case hex
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class DataNestedInCapitals {
    public static void main(String[] args) throws Exception {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("trade_id", "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14");
        data.put("refund_amount", "5.00");
        data.put("refund_currency", "EUR");
        data.put("refund_description", "Late");
        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(",", "{", "}"));
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", 1732700008);
        params.put("data", data);

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().withUpperCase().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreateRefund\",\"time\":1732700008,\"data\":" + json + "}");
    }
}
