// NFKD takes texts apart for searching.
// mistakes: other Unicode form
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class LigaturesTakenApart {
    public static void main(String[] args) throws Exception {
        Map<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", "1733000410");
        params.put("trade_id", "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50");
        params.put("refund_amount", "5");
        params.put("refund_currency", "EUR");
        params.put("refund_description", "Oﬃce chair, ½ paid, 20 m² – señor Núñez");
        params.replaceAll((name, value) -> Normalizer.normalize(value, Normalizer.Form.NFKD));

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreateRefund","time":1733000410,"data":{"trade_id":"1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50","refund_amount":"5","refund_currency":"EUR","refund_description":"Oﬃce chair, ½ paid, 20 m² – señor Núñez"}}""";
        System.out.println(body.formatted(sign));
    }
}
