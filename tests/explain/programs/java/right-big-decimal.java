// BigDecimal writes amounts without zeros at the end.
// mistakes: none
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class RightBigDecimal {
    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreatePaymentsAlipayWap");
        params.put("time", 1732700063L);
        params.put("pay_method", "online");
        params.put("sub_pay_method", "Alipay");
        params.put("currency", "EUR");
        params.put("notify_url", "https://thee.example/n");
        params.put("order_id", "J-2003");
        params.put("amount", new BigDecimal("12.0"));
        params.put("fee", new BigDecimal("0.30"));
        params.put("description", "分账 \"A\"");
        params.put("receivers", "[{\"mid\":111,\"description\":\"分账/1\"}]");

        String text = params.entrySet().stream()
            .map(e -> e.getKey() + "=" + (e.getValue() instanceof BigDecimal d ? d.stripTrailingZeros().toPlainString() : e.getValue())).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePaymentsAlipayWap","time":1732700063,"data":{"pay_method":"online","sub_pay_method":"Alipay","currency":"EUR","notify_url":"https://thee.example/n","order_id":"J-2003","amount":12.0,"fee":0.30,"description":"分账 \\"A\\"","receivers":[{"mid":111,"description":"分账/1"}]}}""";
        System.out.println(body.formatted(sign));
    }
}
