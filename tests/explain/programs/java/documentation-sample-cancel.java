// The sample must be accepted.
// mistakes: documentation's sample
import java.util.List;

class DocumentationSampleCancel {
    public static void main(String[] args) throws Exception {
        List<String> lines = List.of(
            "{\"user\":\"9212776037\",\"sign\":\"b0b6fa707f3a3826000ce26c8fbf7f851fd703a2f2cd7e8a7a69f718fd28b2eb\",",
            "\"method\":\"v3.SplitPayment\",\"time\":1703832252,\"data\":{\"command\":\"cancelSplitPayment\",",
            "\"nonce_string\":\"0y9nydkzlmivuhs5xz\",\"split_id\":\"20231229110618372777\",\"reference_id\":\"123456\"}}");
        System.out.println(String.join("", lines));
    }
}
