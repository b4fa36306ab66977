// The data is signed as it is sent.
// mistakes: JSON signed
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class JsonSigned {
    public static void main(String[] args) throws Exception {
        String data = "{\"trade_id\":\"97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14\",\"refund_amount\":\"7.50\",\"refund_currency\":\"EUR\"}";
        String text = data;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreateRefund\",\"time\":1732700012,\"data\":" + data + "}");
    }
}
