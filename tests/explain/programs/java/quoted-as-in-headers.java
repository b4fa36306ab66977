// As the parameters of an Authorization header: key="value", key="value".
// mistakes: other separator, values quoted
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class QuotedAsInHeaders {
    public static void main(String[] args) throws Exception {
        Map<String, String> params = new TreeMap<>(Map.of("user", "016683", "method", "v3.CreateRefund", "time", "1733000420",
            "trade_id", "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50", "refund_amount", "1", "refund_currency", "EUR"));
        String text = params.entrySet().stream().map(e -> String.format("%s=\"%s\"", e.getKey(), e.getValue())).collect(Collectors.joining(", "));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreateRefund","time":"1733000420","data":{"trade_id":"1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50","refund_amount":"1","refund_currency":"EUR"}}""";
        System.out.println(body.formatted(sign));
    }
}
