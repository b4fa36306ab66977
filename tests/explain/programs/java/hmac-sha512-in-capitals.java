// HmacSHA512, and DatatypeConverter's capitals.
// mistakes: other hash, upper-case hex
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class HmacSha512InCapitals {
    private static final char[] DIGITS = "0123456789ABCDEF".toCharArray();

    static String printHexBinary(byte[] data) {
        StringBuilder r = new StringBuilder(data.length * 2);
        for (byte b : data) {
            r.append(DIGITS[(b >> 4) & 0xF]).append(DIGITS[(b & 0xF)]);
        }
        return r.toString();
    }

    public static void main(String[] args) throws Exception {
        Map<String, Object> params = new TreeMap<>(Map.of(
            "user", "016683", "method", "v3.Capture", "time", 1733000407L, "trade_id", "160899f3-f6d9-a8d8-ab5b-82eacdab9c5b",
            "request_id", "ca51f2fas3i0f8uiw7efj6oe", "amount", 1, "currency", "EUR", "description", "zimmer/suite"));
        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA512");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA512"));
        String sign = printHexBinary(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        System.out.println(String.format("{\"user\":\"016683\",\"sign\":\"%s\",\"method\":\"v3.Capture\",\"time\":1733000407,\"data\":"
            + "{\"trade_id\":\"160899f3-f6d9-a8d8-ab5b-82eacdab9c5b\",\"request_id\":\"ca51f2fas3i0f8uiw7efj6oe\",\"amount\":1,"
            + "\"currency\":\"EUR\",\"description\":\"zimmer/suite\"}}", sign));
    }
}
