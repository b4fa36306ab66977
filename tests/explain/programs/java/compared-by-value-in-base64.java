// Map.Entry.comparingByValue, and Base64.
// mistakes: base64, sorted by value
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class ComparedByValueInBase64 {
    public static void main(String[] args) throws Exception {
        Map<String, String> params = Map.of(
            "user", "9212776037", "method", "v3.SplitPayment", "time", "1733000413", "command", "querySplitPayment",
            "nonce_string", "7vccb9qkplvtxl22km", "split_id", "20231229110618372777", "reference_id", "J-3013");
        String text = params.entrySet().stream().sorted(Map.Entry.comparingByValue())
            .map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"9212776037","sign":"%s","method":"v3.SplitPayment","time":1733000413,"data":{"command":"querySplitPayment","nonce_string":"7vccb9qkplvtxl22km","split_id":"20231229110618372777","reference_id":"J-3013"}}""";
        System.out.println(body.formatted(sign));
    }
}
