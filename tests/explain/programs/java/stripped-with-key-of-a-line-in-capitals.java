// Values are stripped, the key is a line of a file, the sign in capitals.
// mistakes: key with white space, upper-case hex, values trimmed
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class StrippedWithKeyOfALineInCapitals {
    public static void main(String[] args) throws Exception {
        byte[] keyFile = (args[0] + "\r\n").getBytes(StandardCharsets.UTF_8);
        Map<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1733000422");
        params.put("trade_id", "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50");
        params.put("refund_amount", "1.10");
        params.put("refund_currency", "EUR");
        params.put("refund_description", " Mevr. Jansen  ");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue().strip()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(keyFile, "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8))).toUpperCase();

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreateRefund","time":1733000422,"data":{"trade_id":"1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50","refund_amount":"1.10","refund_currency":"EUR","refund_description":" Mevr. Jansen  "}}""";
        System.out.println(body.formatted(sign));
    }
}
