// StringUtils.isNotBlank decides what is signed.
// mistakes: empty values half dropped
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class BlankTextsDropped {
    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreatePayments");
        params.put("time", 1732700023L);
        params.put("pay_method", "online");
        params.put("sub_pay_method", "Alipay");
        params.put("currency", "EUR");
        params.put("notify_url", "https://thee.example/n");
        params.put("order_id", "J-1022");
        params.put("amount", "9.80");
        params.put("description", "Salt");
        params.put("timeout", "0");
        params.put("demo", "");
        params.put("cancel_url", "");
        params.put("post_email", null);

        String text = params.entrySet().stream().filter(e -> e.getValue() != null && !e.getValue().toString().isBlank())
            .map(e -> e.getKey() + "=" + String.valueOf(e.getValue())).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePayments","time":1732700023,"data":{"pay_method":"online","sub_pay_method":"Alipay","currency":"EUR","notify_url":"https://thee.example/n","order_id":"J-1022","amount":"9.80","description":"Salt","timeout":"0","demo":"","cancel_url":"","post_email":null}}""";
        System.out.println(body.formatted(sign));
    }
}
