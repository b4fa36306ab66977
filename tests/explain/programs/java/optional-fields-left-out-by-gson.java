// A null is signed as an empty text.
// mistakes: field not sent
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class OptionalFieldsLeftOutByGson {
    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreatePayments");
        params.put("time", 1732700025L);
        params.put("pay_method", "online");
        params.put("sub_pay_method", "Alipay");
        params.put("currency", "EUR");
        params.put("notify_url", "https://thee.example/n");
        params.put("order_id", "J-1024");
        params.put("amount", "10.90");
        params.put("description", "Oil");
        params.put("demo", null);
        params.put("cancel_url", null);

        String text = params.entrySet().stream()
            .map(e -> e.getKey() + "=" + Objects.toString(e.getValue(), "")).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePayments","time":1732700025,"data":{"pay_method":"online","sub_pay_method":"Alipay","currency":"EUR","notify_url":"https://thee.example/n","order_id":"J-1024","amount":"10.90","description":"Oil"}}""";
        System.out.println(body.formatted(sign));
    }
}
