package io.github.yabandpay_mock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.github.yabandpay_mock.api.AttemptRecord;
import io.github.yabandpay_mock.api.ExchangeRecord;
import io.github.yabandpay_mock.api.InState;
import io.github.yabandpay_mock.api.ListedPaymentRecord;
import io.github.yabandpay_mock.api.NewAccount;
import io.github.yabandpay_mock.api.NewClock;
import io.github.yabandpay_mock.api.PaymentRecord;
import io.github.yabandpay_mock.api.QueueEntry;
import io.github.yabandpay_mock.api.Requests;
import io.github.yabandpay_mock.api.Verification;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

@ExtendWith(YabandPaySandbox.class)
class MerchantAccountTest {
    private static final String METHOD = "v3.CreatePaymentsAlipayMiniPay";
    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private MerchantAccount before;

    private static Answer order(MerchantAccount account, String orderId) {
        return account.call(
                METHOD,
                Map.of(
                        "pay_method", "online",
                        "sub_pay_method", "Alipay",
                        "order_id", orderId,
                        "amount", "24.99",
                        "currency", "EUR",
                        "description", "Tea",
                        "timeout", "0",
                        "notify_url", account.merchant().url()));
    }

    @BeforeEach
    void remember(MerchantAccount account) {
        before = account;
    }

    @AfterEach
    void isTheSameAccountThroughoutATest(MerchantAccount account) {
        assertSame(before, account);
    }

    @Test
    void anOrderIsPaidAndNotified(MerchantAccount account) {
        Answer answer = order(account, "A-1");
        assertEquals("200", answer.code());

        PaymentRecord paid = account.waitFor("paid");
        account.merchant().waitFor(1);
        account.waitUntilQuiet();

        assertEquals(answer.field("trade_id"), paid.tradeId());
        assertTrue(paid.paidAt().isAfter(Instant.parse("2024-01-01T00:00:00Z")));
        assertEquals(List.of("paid"), account.merchant().states());
        Received received = account.merchant().received().get(0);
        assertEquals("/notify", received.path());
        Notification notification = received.notification().orElseThrow();
        assertEquals(List.of("payment", "A-1"), List.of(notification.type(), notification.orderId()));
        assertEquals(paid.tradeId(), notification.tradeId());
        assertEquals("24.99", notification.data().get("amount"));
        ListedPaymentRecord listed = account.payments().get(0);
        assertEquals("accepted", listed.delivery().state());
    }

    @Test
    void aScenarioIsForAllRequests(MerchantAccount account) {
        account.use("declined");
        order(account, "A-1");
        order(account, "A-2");

        assertTrue(account.clock().advance("2s").events() > 0);

        assertEquals(List.of("declined", "declined"), account.merchant().states());
    }

    @Test
    void aScenarioIsForTheNextRequests(MerchantAccount account) {
        account.use("declined", 1);
        account.use(QueueEntry.of("expired").withReference("B-*"));
        order(account, "A-1");
        order(account, "A-2");
        order(account, "B-1");

        account.waitFor("declined", "A-1");
        account.waitFor("paid", "A-2");
        account.clock().advance(Duration.ofDays(2));
        account.waitFor("expired", "B-1");
    }

    @Test
    void aNotificationThatIsMissedComesAgain(MerchantAccount account) {
        account.merchant().respondWith(500, "");
        account.merchant().respondWith(200, "never mind", 1);
        order(account, "A-1");
        account.merchant().waitFor(1);

        account.clock().advance("1m");

        List<AttemptRecord> attempts = account.notifications().get(0).attempts();
        assertEquals(List.of(500L, 200L, 200L), attempts.stream().map(AttemptRecord::status).toList());
        assertEquals(List.of("", "never mind", "ok"), attempts.stream().map(AttemptRecord::answer).toList());
        assertThrows(IllegalArgumentException.class, () -> account.merchant().respondWith(500, "", 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"success", "notified-by-form", "notified-percent-encoded"})
    void aNotificationIsReadInEachOfItsEncodings(String scenario, MerchantAccount account) {
        account.use(scenario);
        account.call(METHOD, Map.of("order_id", "A-1", "amount", "24.99", "currency", "EUR", "pay_method", "online",
                "sub_pay_method", "Alipay", "timeout", "0", "notify_url", account.merchant().url(),
                "description", "Tea & cups 50% +1", "demo", "分账 🍵"));

        Received received = account.merchant().waitFor(1).get(0);

        assertEquals("分账 🍵", received.notification().orElseThrow().demo(), received.body());
        assertEquals(List.of("paid"), account.merchant().states());
    }

    @Test
    void aForgedNotificationIsAnsweredBad(MerchantAccount account) {
        account.use("notified-with-wrong-signature");
        order(account, "A-1");

        Received received = account.merchant().waitFor(1).get(0);

        assertTrue(received.notification().isEmpty(), received.body());
        assertEquals(List.of(), account.merchant().states());
        AssertionFailedError error = assertThrows(
                AssertionFailedError.class, () -> account.merchant().waitFor(1000, AT_ONCE));
        assertTrue(error.getMessage().contains("Expected 1000 notifications within 1 ms, but received [a wrong signature"), error.getMessage());
    }

    @Test
    void aClockIsReadAndSet(MerchantAccount account) {
        Instant later = Instant.parse("2050-01-01T00:00:00Z");
        account.clock().freeze(later);
        assertEquals(later, account.clock().now());
        account.clock().advanceTo(later.plusSeconds(5));
        assertEquals(later.plusSeconds(5), account.clock().now());
        account.clock().scale(1000);
        account.clock().freeze();
        Instant frozen = account.clock().now();
        assertTrue(frozen.isAfter(later.plusSeconds(5)));
        assertEquals(frozen, account.clock().now());
        assertEquals("200", order(account, "A-1").code());
    }

    @Test
    void aClockWaitsForAMerchantThatIsSlowToAnswer(MerchantAccount account) throws Exception {
        HttpServer slow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        CountDownLatch asked = new CountDownLatch(1);
        slow.createContext("/", exchange -> {
            asked.countDown();
            LockSupport.parkNanos(Duration.ofMillis(1500).toNanos()); // longer than the sandbox waits
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(new byte[] {'o', 'k'});
            exchange.close();
        });
        slow.start();
        try {
            account.call(METHOD, Map.of("order_id", "A-1", "amount", "24.99", "currency", "EUR", "pay_method", "online",
                    "sub_pay_method", "Alipay", "timeout", "0", "description", "Tea",
                    "notify_url", "http://127.0.0.1:" + slow.getAddress().getPort() + "/"));
            asked.await();

            account.clock().advance("1s");

            assertEquals("accepted", account.notifications().get(0).state());
        } finally {
            slow.stop(0);
        }
    }

    @Test
    void requestsAreWaitedForAndCounted(MerchantAccount account) {
        account.use("never-paid");
        order(account, "A-1");
        order(account, "A-2");

        Requests wanted = Requests.of().withMethod("v3.CreatePayments*").withData(Map.of("order_id", "A-2"));
        ExchangeRecord request = account.waitForRequests(wanted, Duration.ofSeconds(5)).get(0);

        assertEquals(2, request.number());
        assertEquals("never-paid", request.scenario());
        assertEquals(2, account.waitForRequests("v3.*").size());
        assertEquals(2, account.expectRequests(METHOD, 2).size());
        account.expectRequests(Verification.of(List.of(wanted)).withAtMost(1));
        assertEquals(List.of(1L, 2L), account.requests().stream().map(ExchangeRecord::number).toList());
    }

    @Test
    void aStateIsSet(MerchantAccount account) {
        account.use("never-paid");
        String trade = order(account, "A-1").field("trade_id");
        assertEquals("expired", account.setState(trade, "expired").state());
        account.waitFor(InState.of("expired").withTradeId(trade), Duration.ofSeconds(5));
    }

    @Test
    void whatIsNotAsExpectedNamesWhatIsMostSimilar(MerchantAccount account) {
        account.use("never-paid");
        order(account, "A-1");

        AssertionFailedError state = assertThrows(
                AssertionFailedError.class, () -> account.waitFor(InState.of("paid").withOrderId("A-1"), AT_ONCE));
        assertTrue(state.getMessage().contains("processing"), state.getMessage());
        Requests other = Requests.of().withMethod(METHOD).withData(Map.of("order_id", "A-2"));
        AssertionFailedError request = assertThrows(AssertionFailedError.class, () -> account.waitForRequests(other, AT_ONCE));
        assertTrue(request.getMessage().contains("near miss: request 1, but "), request.getMessage());
        AssertionFailedError count = assertThrows(AssertionFailedError.class, () -> account.expectRequests(METHOD, 0));
        assertTrue(count.getMessage().contains("1"), count.getMessage());
    }

    @Test
    void aWrongWordHasTheNearestRightOne(MerchantAccount account) {
        ApiRefusedException scenario = assertThrows(ApiRefusedException.class, () -> account.use("declned"));
        assertTrue(scenario.getMessage().contains("did you mean 'declined'?"), scenario.getMessage());
        ApiRefusedException state = assertThrows(ApiRefusedException.class, () -> account.waitFor("payd"));
        assertTrue(state.getMessage().contains("such as paid,"), state.getMessage());
        ApiRefusedException time = assertThrows(ApiRefusedException.class, () -> account.clock().advance("soon"));
        assertTrue(time.getMessage().contains("soon"), time.getMessage());
    }

    @Test
    void aRefusedRequestIsAnAnswer(MerchantAccount account) {
        Answer answer = account.call("v3.QueryOrder", Map.of());
        assertEquals("-3001", answer.code());
        assertEquals(Map.of(), answer.data());
        assertEquals("", answer.field("trade_id"));
        assertTrue(account.story().contains("-3001"), account.story());
    }

    @Test
    void anAnswerThatIsNoneIsAnError(MerchantAccount account) {
        account.use("garbled-answer");
        IllegalStateException garbled = assertThrows(IllegalStateException.class, () -> order(account, "A-1"));
        assertTrue(garbled.getMessage().startsWith("The gateway's answer is no JSON object: "), garbled.getMessage());
        account.use("reset-nothing-created");
        NoSandboxException reset = assertThrows(NoSandboxException.class, () -> order(account, "A-2"));
        assertTrue(reset.getMessage().startsWith("The sandbox at " + account.url() + " did not answer: "), reset.getMessage());
    }

    @Test
    void accountsAreIsolatedAndDeleted(MerchantAccount account, Sandbox sandbox) {
        MerchantAccount other = sandbox.account(NewAccount.of()
                .withScenario("declined")
                .withClock(NewClock.of("frozen").withAt("2024-11-27T03:00:00Z")));
        try (other) {
            assertEquals(Instant.parse("2024-11-27T03:00:00Z"), other.clock().now());
            order(other, "A-1");
            assertEquals(List.of(), account.payments());
        }
        ApiRefusedException gone = assertThrows(ApiRefusedException.class, other::payments);
        assertEquals(404, gone.problem().status());
        assertTrue(other.story().startsWith("The sandbox at " + other.url() + " did not say what happened: "), other.story());
    }

    @RepeatedTest(2)
    void eachRunHasAnAccountOfItsOwn(MerchantAccount account) {
        assertEquals(List.of(), account.payments());
        order(account, "A-1");
        assertEquals(1, account.payments().size());
    }

    @Test
    @DisplayName("a name with 🍵, \"quotes\" & more, that is longer than what an account's name may have: 0123456789 "
            + "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789")
    void anAccountHasTheNameOfItsTest(MerchantAccount account, TestInfo test) {
        assertTrue(account.name().startsWith("MerchantAccountTest.anAccountHasTheNameOfItsTest a name with 🍵"), account.name());
        assertEquals(200, account.name().codePointCount(0, account.name().length()));
        assertTrue(test.getDisplayName().startsWith("a name with"));
        assertEquals("account " + account.user() + " at " + account.url(), account.toString());
    }

    @Nested
    class Inside {
        @Test
        void aNestedClassHasTheSameSandboxAndAnotherAccount(MerchantAccount account, Sandbox sandbox) {
            assertEquals(sandbox.url(), account.url());
            assertNotEquals("", account.user());
            assertEquals("Inside.aNestedClassHasTheSameSandboxAndAnotherAccount", account.name());
        }
    }
}
