// A List has a text as well.
// mistakes: nested value as text
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class ReceiversListToString {
    public static void main(String[] args) throws Exception {
        Map<String, Object> first = new LinkedHashMap<>();
        first.put("mid", 111);
        first.put("split_amount", "2.00");
        Map<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.SplitPayment");
        params.put("time", 1732700022L);
        params.put("command", "createSplitPayment");
        params.put("trade_id", "5902ea82-df87-bc30-3eef-c9cd1c64555c");
        params.put("currency", "EUR");
        params.put("reference_id", "J-1021");
        params.put("nonce_string", "kk21");
        params.put("receivers", List.of(first));

        String text = params.entrySet().stream()
            .map(e -> e.getKey() + "=" + String.valueOf(e.getValue())).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.SplitPayment","time":1732700022,"data":{"command":"createSplitPayment","trade_id":"5902ea82-df87-bc30-3eef-c9cd1c64555c","currency":"EUR","reference_id":"J-1021","nonce_string":"kk21","receivers":[{"mid":111,"split_amount":"2.00"}]}}""";
        System.out.println(body.formatted(sign));
    }
}
