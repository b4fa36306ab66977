// Properties cut off white space.
// mistakes: key with white space
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class KeyFromProperties {
    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        settings.load(new StringReader("yabandpay.key = " + args[0] + " \nyabandpay.user = 016683\n"));
        String key = settings.getProperty("yabandpay.key");

        Map<String, String> data = new LinkedHashMap<>();
        data.put("trade_id", "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14");
        data.put("refund_amount", "5.00");
        data.put("refund_currency", "EUR");
        Map<String, String> params = new TreeMap<>();
        params.putAll(data);
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1732700031");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreateRefund\",\"time\":1732700031,\"data\":{" + json + "}}");
    }
}
