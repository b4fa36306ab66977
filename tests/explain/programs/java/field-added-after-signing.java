// demo is for ourselves and is put in last.
// mistakes: field left out
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class FieldAddedAfterSigning {
    public static void main(String[] args) throws Exception {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("pay_method", "online");
        data.put("sub_pay_method", "WeChat Pay");
        data.put("order_id", "J-1048");
        data.put("amount", "24.90");
        data.put("currency", "EUR");
        data.put("description", "Tea set");
        data.put("timeout", "0");
        data.put("redirect_url", "https://servies.example/thanks?o=1001&l=nl");
        data.put("notify_url", "https://servies.example/notify");
        Map<String, String> params = new TreeMap<>();
        params.putAll(data);
        params.put("user", "016683");
        params.put("method", "v3.CreatePayments");
        params.put("time", "1732700049");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        data.put("demo", "cart-5561");

        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreatePayments\",\"time\":1732700049,\"data\":{" + json + "}}");
    }
}
