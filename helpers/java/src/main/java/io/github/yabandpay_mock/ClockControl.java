package io.github.yabandpay_mock;

import io.github.yabandpay_mock.api.AdvanceRecord;
import io.github.yabandpay_mock.api.ClockRecord;
import io.github.yabandpay_mock.api.ClockTarget;
import io.github.yabandpay_mock.api.NewClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/** The clock of an account, which shows the machine's time until it is changed. */
public final class ClockControl {
    private static final int BUSY = 409;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Api api;
    private final String path;

    ClockControl(Api api, String path) {
        this.api = api;
        this.path = path;
    }

    /**
     * The account's time.
     *
     * @return the present instant of the account
     */
    public Instant now() {
        return Instant.parse(api.get(ClockRecord.class, path).now());
    }

    /**
     * Moves the clock, and does everything that falls due: payers pay, orders expire, notifications are sent and repeated.
     *
     * @param by a duration such as {@code 2s} or {@code 24h}
     * @return what happened
     */
    public AdvanceRecord advance(String by) {
        return advance(ClockTarget.of().withBy(by));
    }

    /**
     * Moves the clock, like {@link #advance(String)}.
     *
     * @param by how far
     * @return what happened
     */
    public AdvanceRecord advance(Duration by) {
        return advance(by.toMillis() + "ms");
    }

    /**
     * Moves the clock to an instant, like {@link #advance(String)}.
     *
     * @param to the instant
     * @return what happened
     */
    public AdvanceRecord advanceTo(Instant to) {
        return advance(ClockTarget.of().withTo(to.toString()));
    }

    /** Advances; the sandbox refuses this while a merchant takes long to answer, as one may that has just started. */
    private AdvanceRecord advance(ClockTarget target) {
        long ends = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return api.send(AdvanceRecord.class, "POST", path + "/advance", target);
            } catch (ApiRefusedException refused) {
                if (refused.problem().status() != BUSY || System.nanoTime() >= ends) {
                    throw refused;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /** Stops the clock now; nothing falls due until it is advanced. */
    public void freeze() {
        set(NewClock.of("frozen"));
    }

    /**
     * Stops the clock at a later instant.
     *
     * @param at the instant
     */
    public void freeze(Instant at) {
        set(NewClock.of("frozen").withAt(at.toString()));
    }

    /**
     * Runs the clock faster or slower.
     *
     * @param rate how many times as fast as the machine's
     */
    public void scale(double rate) {
        set(NewClock.of("scaled").withRate(rate));
    }

    private void set(NewClock clock) {
        api.send(ClockRecord.class, "PUT", path, clock);
    }
}
