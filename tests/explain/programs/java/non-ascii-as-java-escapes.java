// StringEscapeUtils.escapeJava makes any text plain.
// mistakes: non-ASCII escaped
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class NonAsciiAsJavaEscapes {
    static String escapeJava(String text) {
        StringBuilder escaped = new StringBuilder();
        for (char c : text.toCharArray()) {
            escaped.append(c < 128 ? String.valueOf(c) : String.format("\\u%04X", (int) c));
        }
        return escaped.toString();
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1733000425");
        params.put("trade_id", "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50");
        params.put("refund_amount", "6.60");
        params.put("refund_currency", "EUR");
        params.put("refund_description", "退款 für Zoë 🎁");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + escapeJava(e.getValue())).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreateRefund","time":1733000425,"data":{"trade_id":"1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50","refund_amount":"6.60","refund_currency":"EUR","refund_description":"退款 für Zoë 🎁"}}""";
        System.out.println(body.formatted(sign));
    }
}
