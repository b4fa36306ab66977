package io.github.yabandpay_mock;

import io.github.yabandpay_mock.api.AccountChanges;
import io.github.yabandpay_mock.api.AccountRecord;
import io.github.yabandpay_mock.api.ExchangeRecord;
import io.github.yabandpay_mock.api.InState;
import io.github.yabandpay_mock.api.Journal;
import io.github.yabandpay_mock.api.ListedPaymentRecord;
import io.github.yabandpay_mock.api.ListedPaymentRecordPage;
import io.github.yabandpay_mock.api.Met;
import io.github.yabandpay_mock.api.NewState;
import io.github.yabandpay_mock.api.NotificationRecord;
import io.github.yabandpay_mock.api.PaymentRecord;
import io.github.yabandpay_mock.api.QueueEntry;
import io.github.yabandpay_mock.api.Quiet;
import io.github.yabandpay_mock.api.Requests;
import io.github.yabandpay_mock.api.Verification;
import io.github.yabandpay_mock.api.Verified;
import io.github.yabandpay_mock.api.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.opentest4j.AssertionFailedError;

/**
 * An account on a sandbox, isolated from all others. Your application uses its {@link #url()}, {@link #user()} and
 * {@link #secretKey()}.
 */
public final class MerchantAccount implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String MOST = "limit=1000";

    private final Api api;
    private final AccountRecord record;
    private final String path;
    private final String merchantHost;
    private final ClockControl clock;
    private Merchant merchant;

    MerchantAccount(Api api, AccountRecord record, String merchantHost) {
        this.api = api;
        this.record = record;
        this.path = "/accounts/" + Api.encoded(record.user());
        this.merchantHost = merchantHost;
        this.clock = new ClockControl(api, path + "/clock");
    }

    /**
     * The base URL of the gateway, to which {@code /Payments} is appended.
     *
     * @return the sandbox's address
     */
    public String url() {
        return api.url();
    }

    /**
     * The user with which your application signs.
     *
     * @return the user
     */
    public String user() {
        return record.user();
    }

    /**
     * The secret key with which your application signs.
     *
     * @return the secret key
     */
    public String secretKey() {
        return record.secretKey();
    }

    /**
     * The account's name in the dashboard: the name of the test.
     *
     * @return the name
     */
    public String name() {
        return record.name();
    }

    /**
     * The account's clock.
     *
     * @return the clock
     */
    public ClockControl clock() {
        return clock;
    }

    /**
     * A merchant that records this account's notifications; it listens from the first call.
     *
     * @return the merchant
     */
    public synchronized Merchant merchant() {
        if (merchant == null) {
            merchant = new Merchant(secretKey(), merchantHost);
        }
        return merchant;
    }

    /**
     * Selects a scenario for all further requests.
     *
     * @param scenario a name such as {@code declined}
     * @throws ApiRefusedException if there is no such scenario; the message has the nearest name
     */
    public void use(String scenario) {
        api.send(AccountRecord.class, "PATCH", path, AccountChanges.of().withScenario(scenario));
    }

    /**
     * Selects a scenario for the next requests.
     *
     * @param scenario a name such as {@code declined}
     * @param times the number of requests
     * @throws ApiRefusedException if there is no such scenario; the message has the nearest name
     */
    public void use(String scenario, int times) {
        use(QueueEntry.of(scenario).withTimes(times));
    }

    /**
     * Selects a scenario for the next requests that match.
     *
     * @param entry the scenario, how often, and for which methods and references
     * @throws ApiRefusedException if there is no such scenario or method; the message has the nearest name
     */
    public void use(QueueEntry entry) {
        api.send(Object.class, "POST", path + "/scenarios", entry);
    }

    /**
     * Sends a signed request to the gateway, in the place of your application.
     *
     * @param method the gateway's method, such as {@code v3.CreatePayments}
     * @param data the method's fields
     * @return the gateway's answer, also to a refused request
     * @throws IllegalStateException if the answer is no JSON, as a scenario may have it
     * @throws NoSandboxException if there is no answer, as a scenario may have it
     */
    public Answer call(String method, Map<String, ?> data) {
        long time = clock.now().getEpochSecond();
        return Answer.read(api.gateway(Signature.signedRequest(user(), method, time, data, secretKey())));
    }

    /**
     * Waits until the newest payment is in a state, for ten seconds at most.
     *
     * @param state a state such as {@code paid}
     * @return the payment
     * @throws AssertionFailedError if it is not in time; the message has the payments that there are
     */
    public PaymentRecord waitFor(String state) {
        return waitFor(InState.of(state), PATIENCE);
    }

    /**
     * Waits until the payment of an order is in a state, for ten seconds at most.
     *
     * @param state a state such as {@code paid}
     * @param orderId the merchant's id of the order
     * @return the payment
     * @throws AssertionFailedError if it is not in time, or the request for it was refused
     */
    public PaymentRecord waitFor(String state, String orderId) {
        return waitFor(InState.of(state).withOrderId(orderId), PATIENCE);
    }

    /**
     * Waits until a payment is in a state.
     *
     * @param wanted the state, and which payment
     * @param timeout how long to wait
     * @return the payment
     * @throws AssertionFailedError if it is not in time, or the request for it was refused
     */
    public PaymentRecord waitFor(InState wanted, Duration timeout) {
        return until(wanted, timeout).payment();
    }

    /**
     * Waits for a request, for ten seconds at most.
     *
     * @param method a method of the gateway, in which {@code *} matches any text
     * @return the requests that match
     * @throws AssertionFailedError if there is none in time; the message has the most similar ones
     */
    public List<ExchangeRecord> waitForRequests(String method) {
        return waitForRequests(Requests.of().withMethod(method), PATIENCE);
    }

    /**
     * Waits for requests.
     *
     * @param wanted which requests, and how many
     * @param timeout how long to wait
     * @return the requests that match
     * @throws AssertionFailedError if there are fewer in time; the message has the most similar ones
     */
    public List<ExchangeRecord> waitForRequests(Requests wanted, Duration timeout) {
        return until(wanted, timeout).matched();
    }

    /**
     * Waits until no notification is being sent or due for a retry, for ten seconds at most.
     *
     * @throws AssertionFailedError if some still are
     */
    public void waitUntilQuiet() {
        until(Quiet.of(), PATIENCE);
    }

    private Met until(Object what, Duration timeout) {
        return api.expect(Met.class, path + "/wait", Wait.of(what).withTimeout(timeout.toMillis() + "ms"));
    }

    /**
     * Checks the number of requests so far.
     *
     * @param method a method of the gateway, in which {@code *} matches any text
     * @param exactly the number of requests
     * @return the requests that match
     * @throws AssertionFailedError if there were fewer or more; the message has the most similar ones
     */
    public List<ExchangeRecord> expectRequests(String method, int exactly) {
        return expectRequests(
                Verification.of(List.of(Requests.of().withMethod(method))).withExactly(exactly));
    }

    /**
     * Checks the requests so far.
     *
     * @param expected which requests, and how many
     * @return the requests that match
     * @throws AssertionFailedError if the requests were others; the message has the most similar ones
     */
    public List<ExchangeRecord> expectRequests(Verification expected) {
        return api.expect(Verified.class, path + "/verify", expected).matched();
    }

    /**
     * Changes the state of a payment now, as the payer or the gateway would.
     *
     * @param tradeId the gateway's id of the payment
     * @param state a state such as {@code expired}
     * @return the payment
     * @throws ApiRefusedException if the gateway makes no such change
     */
    public PaymentRecord setState(String tradeId, String state) {
        String changed = path + "/payments/" + Api.encoded(tradeId) + "/state";
        return api.send(PaymentRecord.class, "POST", changed, NewState.of(state));
    }

    /**
     * The account's payments.
     *
     * @return at most a thousand payments, oldest first
     */
    public List<ListedPaymentRecord> payments() {
        return api.get(ListedPaymentRecordPage.class, path + "/payments?" + MOST).items();
    }

    /**
     * The account's requests and their answers.
     *
     * @return at most a thousand requests, oldest first
     */
    public List<ExchangeRecord> requests() {
        List<ExchangeRecord> newestFirst = api.get(Journal.class, path + "/exchanges?" + MOST).items();
        List<ExchangeRecord> items = new ArrayList<>(newestFirst);
        Collections.reverse(items);
        return List.copyOf(items);
    }

    /**
     * The account's notifications and their attempts.
     *
     * @return at most a thousand notifications, oldest first
     */
    public List<NotificationRecord> notifications() {
        return api.list(NotificationRecord.class, path + "/notifications?" + MOST);
    }

    /**
     * What happened in the account, as it is shown for a failed test.
     *
     * @return the requests, orders and notifications, a line each
     */
    public String story() {
        try {
            String since = Api.encoded(record.clock().now());
            return api.text(path + "/story?since=" + since).stripTrailing();
        } catch (NoSandboxException | ApiRefusedException error) {
            return "The sandbox at " + url() + " did not say what happened: " + error.getMessage();
        }
    }

    /** Deletes the account and everything in it, and stops its merchant. */
    @Override
    public synchronized void close() {
        if (merchant != null) {
            merchant.close();
        }
        api.send(Void.class, "DELETE", path, null);
    }

    @Override
    public String toString() {
        return "account " + user() + " at " + url();
    }
}
