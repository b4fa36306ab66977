// A text block holds the string to sign.
// mistakes: line break at the end
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class TextBlockWithLineBreak {
    public static void main(String[] args) throws Exception {
        String trade = "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14";
        String text = """
            method=v3.QueryOrder&time=1732700050&trade_id=%s&user=016683
            """.formatted(trade);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.QueryOrder\",\"time\":1732700050,\"data\":" + "{\"trade_id\":\"" + trade + "\"}" + "}");
    }
}
