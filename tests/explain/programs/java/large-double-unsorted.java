// Double.toString of the total, in the order of the form.
// mistakes: keys unsorted, numbers reformatted
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class LargeDoubleUnsorted {
    public static void main(String[] args) throws Exception {
        double amount = 12_500_000.5;
        Map<String, String> params = new LinkedHashMap<>();
        params.put("user", "016683");
        params.put("method", "v3.BankTransfer");
        params.put("time", "1733000403");
        params.put("pay_method", "online");
        params.put("sub_pay_method", "Bank Transfer");
        params.put("order_id", "J-3003");
        params.put("amount", Double.toString(amount));
        params.put("currency", "EUR");
        params.put("description", "Gebouw");
        params.put("notify_url", "https://huis.example/n");

        String text = params.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.BankTransfer","time":"1733000403","data":{"pay_method":"online","sub_pay_method":"Bank Transfer","order_id":"J-3003","amount":%s,"currency":"EUR","description":"Gebouw","notify_url":"https://huis.example/n"}}""";
        System.out.println(body.formatted(sign, amount));
    }
}
