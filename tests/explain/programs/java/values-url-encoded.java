// URLEncoder makes the values fit for key=value&key=value.
// mistakes: values URL-encoded
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class ValuesUrlEncoded {
    public static void main(String[] args) throws Exception {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("pay_method", "online");
        data.put("sub_pay_method", "WeChat Pay");
        data.put("order_id", "J-1003");
        data.put("amount", "24.90");
        data.put("currency", "EUR");
        data.put("description", "Thé vert (100 g) * 2");
        data.put("timeout", "0");
        data.put("redirect_url", "https://servies.example/thanks?o=1001&l=nl");
        data.put("notify_url", "https://servies.example/notify");
        Map<String, String> params = new TreeMap<>();
        params.putAll(data);
        params.put("user", "016683");
        params.put("method", "v3.CreatePayments");
        params.put("time", "1732700003");

        String text = params.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreatePayments\",\"time\":1732700003,\"data\":{" + json + "}}");
    }
}
