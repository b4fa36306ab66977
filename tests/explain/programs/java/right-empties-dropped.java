// Empty values, zero included, are not signed.
// mistakes: none
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class RightEmptiesDropped {
    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreatePayments");
        params.put("time", 1732700062L);
        params.put("pay_method", "online");
        params.put("sub_pay_method", "Alipay");
        params.put("currency", "EUR");
        params.put("notify_url", "https://thee.example/n");
        params.put("order_id", "J-2002");
        params.put("amount", "10.00");
        params.put("description", "Crêpe “Suzette”");
        params.put("timeout", 0);
        params.put("demo", "");
        params.put("cancel_url", null);
        params.put("gift", false);

        String text = params.entrySet().stream().filter(e -> !Set.of("", "0", "null", "false").contains(String.valueOf(e.getValue())))
            .map(e -> e.getKey() + "=" + String.valueOf(e.getValue())).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePayments","time":1732700062,"data":{"pay_method":"online","sub_pay_method":"Alipay","currency":"EUR","notify_url":"https://thee.example/n","order_id":"J-2002","amount":"10.00","description":"Crêpe “Suzette”","timeout":0,"demo":"","cancel_url":null,"gift":false}}""";
        System.out.println(body.formatted(sign));
    }
}
