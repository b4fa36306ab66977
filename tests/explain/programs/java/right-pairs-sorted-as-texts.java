// Collections.sort over "key=value", which is the same here as sorting the keys.
// mistakes: none
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class RightPairsSortedAsTexts {
    public static void main(String[] args) throws Exception {
        String description = "50% + 1 = “½”? #/\\\\ <b>🎉</b> ";
        List<String> pairs = new ArrayList<>(List.of(
            "user=h5@yaband.com", "method=v3.CreateCardPayments", "time=1733000423", "3ds_initiate=01", "operation=1", "order_id=J-3023",
            "OrderId=j", "amount=1.0E+25", "fee=1.0E-7", "tip=0.3", "recurring=1", "moto=", "demo={\"a\": [1, 2.50]}", "note=", "tags=[]",
            "cardinfo={\"cvc\":\"1/2\",\"card_number\":4111}", "timeout=0", "notify_url=https://shop.example/n?x=%E8%8C%B6+1"));
        pairs.add("description=" + description.replace("\\\\", "\\"));
        Collections.sort(pairs);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(String.join("&", pairs).getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"h5@yaband.com","sign":"%s","method":"v3.CreateCardPayments","time":"1733000423","data":{"3ds_initiate":"01","operation":1,"order_id":"J-3023","OrderId":"j","amount":1.0E25,"fee":1.0E-7,"tip":0.30000000000000004,"recurring":true,"moto":false,"demo":"{\\"a\\": [1, 2.50]}","note":null,"tags":[],"cardinfo":{"cvc":"1/2","card_number":4111},"timeout":0,"notify_url":"https://shop.example/n?x=%%E8%%8C%%B6+1","description":"%s"}}""";
        System.out.println(body.formatted(sign, description));
    }
}
