// HexFormat reads the key and writes the sign.
// mistakes: key decoded, keys unsorted
// key: 5f4dcc3b5aa765d61d8327deb882cf99e10adc3949ba59abbe56e057f20f883e
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class UnsortedWithParsedKey {
    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreatePaymentsAlipayMiniPay");
        params.put("time", 1733000421);
        params.put("pay_method", "online");
        params.put("sub_pay_method", "Alipay");
        params.put("order_id", "J-3021");
        params.put("amount", 2);
        params.put("currency", "EUR");
        params.put("description", "e-ticket #2 🎫");
        params.put("notify_url", "https://film.example/n");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(HexFormat.of().parseHex(args[0]), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePaymentsAlipayMiniPay","time":1733000421,"data":{"pay_method":"online","sub_pay_method":"Alipay","order_id":"J-3021","amount":2,"currency":"EUR","description":"e-ticket #2 🎫","notify_url":"https://film.example/n"}}""";
        System.out.println(body.formatted(sign));
    }
}
