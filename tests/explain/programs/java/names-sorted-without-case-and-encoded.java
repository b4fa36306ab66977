// names.sort(String.CASE_INSENSITIVE_ORDER), then URLEncoder.
// mistakes: keys sorted without case, values URL-encoded
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class NamesSortedWithoutCaseAndEncoded {
    public static void main(String[] args) throws Exception {
        Map<String, String> params = new HashMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1733000404");
        params.put("trade_id", "5feb401d-d9a4-776f-211f-882b60f14d9d");
        params.put("refund_amount", "40.00");
        params.put("refund_currency", "EUR");
        params.put("refund_description", "Retour: 1 × “M” = 40 €");
        params.put("Reason", "size");
        params.put("employeeId", "e/17");

        List<String> names = new ArrayList<>(params.keySet());
        names.sort(String.CASE_INSENSITIVE_ORDER);
        StringJoiner text = new StringJoiner("&");
        for (String name : names) text.add(name + "=" + URLEncoder.encode(params.get(name), StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.toString().getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreateRefund","time":"1733000404","data":{"trade_id":"5feb401d-d9a4-776f-211f-882b60f14d9d","refund_amount":"40.00","refund_currency":"EUR","refund_description":"Retour: 1 × “M” = 40 €","Reason":"size","employeeId":"e/17"}}""";
        System.out.println(body.formatted(sign));
    }
}
