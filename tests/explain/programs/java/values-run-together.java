// mac.update for one value after the other.
// mistakes: names left out, other separator
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class ValuesRunTogether {
    public static void main(String[] args) throws Exception {
        Map<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.GetSubPay");
        params.put("time", "1733000417");
        params.put("auth_code", "135056725249518813");

        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        for (String value : params.values()) mac.update(value.getBytes(StandardCharsets.UTF_8));
        String sign = HexFormat.of().formatHex(mac.doFinal());
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.GetSubPay\",\"time\":1733000417,\"data\":{\"auth_code\":\"135056725249518813\"}}");
    }
}
