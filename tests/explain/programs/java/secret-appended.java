// DigestUtils.sha256Hex of the string and the key.
// mistakes: secret appended
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

class SecretAppended {
    public static void main(String[] args) throws Exception {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("pay_method", "online");
        data.put("sub_pay_method", "WeChat Pay");
        data.put("order_id", "J-1036");
        data.put("amount", "24.90");
        data.put("currency", "EUR");
        data.put("description", "Tea set");
        data.put("timeout", "0");
        data.put("redirect_url", "https://servies.example/thanks?o=1001&l=nl");
        data.put("notify_url", "https://servies.example/notify");
        Map<String, String> params = new TreeMap<>();
        params.putAll(data);
        params.put("user", "016683");
        params.put("method", "v3.CreatePaymentsWechatH5Pay");
        params.put("time", "1732700037");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest((text + args[0]).getBytes(StandardCharsets.UTF_8));
        String sign = HexFormat.of().formatHex(digest);

        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreatePaymentsWechatH5Pay\",\"time\":1732700037,\"data\":{" + json + "}}");
    }
}
