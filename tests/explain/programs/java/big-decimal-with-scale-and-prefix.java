// Money has two decimals, and the sign a name.
// mistakes: numbers reformatted, prefix before the sign
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class BigDecimalWithScaleAndPrefix {
    public static void main(String[] args) throws Exception {
        BigDecimal amount = new BigDecimal("7.5").multiply(BigDecimal.valueOf(4)).setScale(2, RoundingMode.HALF_UP);
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.QRcodePayment");
        params.put("time", 1733000415L);
        params.put("pay_method", "offline");
        params.put("sub_pay_method", "QRcode");
        params.put("order_id", "J-3015");
        params.put("amount", amount);
        params.put("currency", "EUR");
        params.put("description", "4 × 7.5");
        params.put("timeout", 5);
        params.put("notify_url", "https://kassa.example/n");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = "hmac-sha256:" + HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.QRcodePayment","time":1733000415,"data":{"pay_method":"offline","sub_pay_method":"QRcode","order_id":"J-3015","amount":%s,"currency":"EUR","description":"4 × 7.5","timeout":5,"notify_url":"https://kassa.example/n"}}""";
        System.out.println(body.formatted(sign, amount));
    }
}
