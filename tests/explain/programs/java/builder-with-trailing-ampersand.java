// A StringBuilder and a loop over a sorted array of names.
// mistakes: stray separator
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class BuilderWithTrailingAmpersand {
    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new HashMap<>();
        params.put("user", "9212776037");
        params.put("method", "v3.MerchantBalance");
        params.put("time", 1733000401L);
        params.put("command", "payout");
        params.put("currency", "EUR");
        params.put("amount", 100.01);
        params.put("reference", "456789");
        params.put("nonce_string", "2yx20x4c6dswedikxs");
        params.put("notify_url", "https://bank.example/notify");

        String[] names = params.keySet().toArray(new String[0]);
        Arrays.sort(names);
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append(name).append('=').append(params.get(name)).append('&');
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        StringBuilder sign = new StringBuilder();
        for (byte b : mac.doFinal(text.toString().getBytes(StandardCharsets.UTF_8))) {
            sign.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        }

        System.out.println("{\"user\":\"9212776037\",\"sign\":\"" + sign + "\",\"method\":\"v3.MerchantBalance\",\"time\":1733000401,"
            + "\"data\":{\"command\":\"payout\",\"currency\":\"EUR\",\"amount\":100.01,\"reference\":\"456789\","
            + "\"nonce_string\":\"2yx20x4c6dswedikxs\",\"notify_url\":\"https://bank.example/notify\"}}");
    }
}
