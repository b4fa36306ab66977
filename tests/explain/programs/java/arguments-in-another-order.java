// The constructor of the client takes the key and the user.
// mistakes: user as key
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class ArgumentsInAnotherOrder {
    private final String key;

    ArgumentsInAnotherOrder(String key, String spare) {
        this.key = key;
    }

    String sign(Map<String, String> params) throws Exception {
        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    public static void main(String[] args) throws Exception {
        String user = "9212776037";
        ArgumentsInAnotherOrder client = new ArgumentsInAnotherOrder(user, args[0]);
        String sign = client.sign(new TreeMap<>(Map.of("user", user, "method", "v3.GetTradebill", "time", "1733000418",
            "command", "getTradebill", "bill_date", "19-11-2024", "nonce_string", "tw5be5b7sry5prm96s")));
        System.out.println("{\"user\":\"" + user + "\",\"sign\":\"" + sign + "\",\"method\":\"v3.GetTradebill\",\"time\":1733000418,"
            + "\"data\":{\"command\":\"getTradebill\",\"bill_date\":\"19-11-2024\",\"nonce_string\":\"tw5be5b7sry5prm96s\"}}");
    }
}
