// The digest of the string and the key, by the url encoder.
// mistakes: base64, secret appended
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

class Sha256WithKeyInBase64Url {
    public static void main(String[] args) throws Exception {
        SortedMap<String, String> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.QueryRefundOrder");
        params.put("time", "1733000406");
        params.put("refund_id", "3841510a-4d18-4a61-808d-431a45006de2");

        String text = params.entrySet().stream().map(Object::toString).collect(Collectors.joining("&"));
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(text.getBytes(StandardCharsets.UTF_8));
        sha256.update(args[0].getBytes(StandardCharsets.UTF_8));
        String sign = Base64.getUrlEncoder().withoutPadding().encodeToString(sha256.digest());

        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.QueryRefundOrder\",\"time\":1733000406,\"data\":{\"refund_id\":\"3841510a-4d18-4a61-808d-431a45006de2\"}}");
    }
}
