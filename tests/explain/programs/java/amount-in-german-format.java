// String.format writes amounts, on a server in Germany.
// mistakes: numbers reformatted
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class AmountInGermanFormat {
    static String textOf(Object value) {
        return value instanceof Double ? String.format(Locale.GERMANY, "%.2f", value) : value.toString();
    }

    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new TreeMap<>(Map.of(
            "user", "016683", "method", "v3.CreateRefund", "time", 1733000402,
            "trade_id", "5feb401d-d9a4-776f-211f-882b60f14d9d", "refund_amount", 19.99, "refund_currency", "EUR"));
        StringBuilder text = new StringBuilder();
        params.forEach((name, value) -> text.append(text.length() == 0 ? "" : "&").append(name + "=" + textOf(value)));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.toString().getBytes(StandardCharsets.UTF_8)));

        System.out.println("""
            {"user": "016683", "sign": "%s", "method": "v3.CreateRefund", "time": 1733000402,
             "data": {"trade_id": "5feb401d-d9a4-776f-211f-882b60f14d9d", "refund_amount": 19.99, "refund_currency": "EUR"}}"""
            .formatted(sign));
    }
}
