// The sign is the MD5 of the parameters.
// mistakes: plain MD5
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

class PlainMd5 {
    public static void main(String[] args) throws Exception {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("trade_id", "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14");
        data.put("refund_amount", "1.10");
        data.put("refund_currency", "EUR");
        Map<String, String> params = new TreeMap<>();
        params.putAll(data);
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1732700038");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        byte[] digest = MessageDigest.getInstance("MD5").digest((text).getBytes(StandardCharsets.UTF_8));
        String sign = HexFormat.of().formatHex(digest);

        String json = data.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreateRefund\",\"time\":1732700038,\"data\":{" + json + "}}");
    }
}
