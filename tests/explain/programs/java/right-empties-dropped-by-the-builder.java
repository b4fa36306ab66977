// The builder passes over what the gateway holds to be empty.
// mistakes: none
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class RightEmptiesDroppedByTheBuilder {
    public static void main(String[] args) throws Exception {
        SortedMap<String, Object> params = new TreeMap<>();
        params.put("user", "016683");
        params.put("method", "v3.CreateRefund");
        params.put("time", 1733000424L);
        params.put("trade_id", "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50");
        params.put("refund_amount", "12345678.9");
        params.put("refund_currency", "EUR");
        params.put("refund_description", "0");
        params.put("Remark", "0.0");
        params.put("m_refund_id", "");
        params.put("notify_url", null);
        params.put("step", 0);

        StringBuilder text = new StringBuilder();
        for (String name : params.keySet()) {
            Object value = params.get(name);
            if (value == null || value.equals("") || value.equals("0") || value.equals(0)) continue;
            text.append(name).append("=").append(value).append("&");
        }
        text.setLength(text.length() - 1);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(args[0].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String sign = HexFormat.of().formatHex(mac.doFinal(text.toString().getBytes(StandardCharsets.UTF_8)));

        String body = """
            {"user":"016683","sign":"%s","method":"v3.CreateRefund","time":1733000424,"data":{"trade_id":"1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50","refund_amount":1.23456789E7,"refund_currency":"EUR","refund_description":"0","Remark":"0.0","m_refund_id":"","notify_url":null,"step":0}}""";
        System.out.println(body.formatted(sign));
    }
}
