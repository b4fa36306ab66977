// A double is written as a double.
// mistakes: numbers reformatted
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class DoubleAmount {
    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreatePaymentsAlipayWap");
        params.put("time", 1732700017L);
        params.put("pay_method", "online");
        params.put("sub_pay_method", "Alipay");
        params.put("currency", "EUR");
        params.put("notify_url", "https://thee.example/n");
        params.put("order_id", "J-1016");
        params.put("amount", 12.0);
        params.put("description", "Cup");

        String text = params.entrySet().stream()
            .map(e -> e.getKey() + "=" + String.valueOf(e.getValue())).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePaymentsAlipayWap","time":1732700017,"data":{"pay_method":"online","sub_pay_method":"Alipay","currency":"EUR","notify_url":"https://thee.example/n","order_id":"J-1016","amount":12.0,"description":"Cup"}}""";
        System.out.println(body.formatted(sign));
    }
}
