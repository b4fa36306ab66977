// The MD5 of the form's fields, in capitals.
// mistakes: keys unsorted, plain MD5, upper-case hex
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

class UnsortedMd5InCapitals {
    public static void main(String[] args) throws Exception {
        String[][] data = {
            {"pay_method", "online"}, {"sub_pay_method", "Alipay"}, {"order_id", "J-3005"}, {"amount", "6.20"}, {"currency", "EUR"},
            {"description", "桂花糕 & 茶"}, {"timeout", "15"}, {"os_type", "ios"}, {"notify_url", "https://gao.example/n"},
        };
        StringBuilder text = new StringBuilder("user=016683&method=v3.CreatePaymentsAlipayAppPay&time=1733000405");
        StringBuilder json = new StringBuilder();
        for (String[] field : data) {
            text.append('&').append(field[0]).append('=').append(field[1]);
            json.append(json.length() == 0 ? "" : ",").append(String.format("\"%s\":\"%s\"", field[0], field[1]));
        }
        byte[] digest = MessageDigest.getInstance("MD5").digest(text.toString().getBytes(StandardCharsets.UTF_8));
        String sign = String.format("%032X", new BigInteger(1, digest));
        System.out.println("{\"user\":\"016683\",\"sign\":\"" + sign + "\",\"method\":\"v3.CreatePaymentsAlipayAppPay\",\"time\":1733000405,\"data\":{" + json + "}}");
    }
}
