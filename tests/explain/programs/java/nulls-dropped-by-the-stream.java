// The stream leaves out what is null.
// mistakes: empty values half dropped
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleEntry;
import java.util.HexFormat;
import java.util.Map.Entry;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class NullsDroppedByTheStream {
    public static void main(String[] args) throws Exception {
        String text = Stream.<Entry<String, Object>>of(
                new SimpleEntry<>("user", "016683"), new SimpleEntry<>("method", "v3.CreatePayments"), new SimpleEntry<>("time", 1733000412),
                new SimpleEntry<>("pay_method", "online"), new SimpleEntry<>("sub_pay_method", "Klarna"), new SimpleEntry<>("order_id", "J-3012"),
                new SimpleEntry<>("amount", 0.99), new SimpleEntry<>("currency", "EUR"), new SimpleEntry<>("description", ""),
                new SimpleEntry<>("timeout", 0), new SimpleEntry<>("demo", null), new SimpleEntry<>("cancel_url", null),
                new SimpleEntry<>("notify_url", "https://trui.example/n"))
            .filter(field -> field.getValue() != null)
            .sorted(Entry.comparingByKey())
            .map(Entry::toString)
            .collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreatePayments","time":1733000412,"data":{"pay_method":"online","sub_pay_method":"Klarna","order_id":"J-3012","amount":0.99,"currency":"EUR","description":"","timeout":0,"demo":null,"cancel_url":null,"notify_url":"https://trui.example/n"}}""";
        System.out.println(body.formatted(sign));
    }
}
