// US_ASCII is the safest of the StandardCharsets.
// mistakes: other character set
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class TextInUsAscii {
    public static void main(String[] args) throws Exception {
        Map<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreatePaymentsiDEALQRcode");
        params.put("time", "1733000409");
        params.put("pay_method", "online");
        params.put("sub_pay_method", "iDEAL");
        params.put("order_id", "J-3009");
        params.put("amount", "0.50");
        params.put("currency", "EUR");
        params.put("description", "Één pakje “drop” 🍬");
        params.put("redirect_url", "https://drop.example/r");
        params.put("notify_url", "https://drop.example/n");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePaymentsiDEALQRcode","time":1733000409,"data":{"pay_method":"online","sub_pay_method":"iDEAL","order_id":"J-3009","amount":"0.50","currency":"EUR","description":"Één pakje “drop” 🍬","redirect_url":"https://drop.example/r","notify_url":"https://drop.example/n"}}""";
        System.out.println(body.formatted(sign));
    }
}
