// The value of a line of application.yml.
// mistakes: key in quotes
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class KeyOfAYamlFile {
    public static void main(String[] args) throws Exception {
        String yaml = "yabandpay:\n  user: \"016683\"\n  secret: \"" + args[0] + "\"\n";
        String key = yaml.lines().filter(line -> line.contains("secret:")).map(line -> line.split(":")[1].strip()).findFirst().get();

        Map<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.BatchQuery");
        params.put("time", "1733000408");
        params.put("start_time", "1732579200");
        params.put("end_time", "1732665600");
        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.BatchQuery\",\"time\":1733000408,\"data\":{\"start_time\":1732579200,\"end_time\":1732665600}}");
    }
}
