// %s%n writes the sign.
// mistakes: white space around the sign
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class SignAsALine {
    public static void main(String[] args) throws Exception {
        Map<String, String> params = new TreeMap<>(Map.of("user", "016683", "method", "v3.QueryOrder", "time", "1733000419",
            "trade_id", "a8d9be05-8b39-a766-dad0-553b0640d06a"));
        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = String.format(" %s%n", HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8))));
        String json = sign.replace("\n", "\\n");
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + json + "\",\"method\":\"v3.QueryOrder\",\"time\":1733000419,\"data\":{\"trade_id\":\"a8d9be05-8b39-a766-dad0-553b0640d06a\"}}");
    }
}
