// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * The expected requests, and their number; with {@code in_order}, other requests may come between them.
 *
 * @param requests {@code requests}
 * @param exactly {@code exactly}; optional
 * @param atLeast {@code at_least}; optional
 * @param atMost {@code at_most}; optional
 * @param inOrder {@code in_order}; optional
 */
public record Verification(
        List<Requests> requests,
        Long exactly,
        Long atLeast,
        Long atMost,
        Boolean inOrder) {
    /**
     * A record without what is optional.
     *
     * @param requests {@code requests}
     * @return the record
     */
    public static Verification of(List<Requests> requests) {
        return new Verification(requests, null, null, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param exactly {@code exactly}; optional
     * @return the copy
     */
    public Verification withExactly(long exactly) {
        return new Verification(requests, exactly, atLeast, atMost, inOrder);
    }

    /**
     * A copy with another value.
     *
     * @param atLeast {@code at_least}; optional
     * @return the copy
     */
    public Verification withAtLeast(long atLeast) {
        return new Verification(requests, exactly, atLeast, atMost, inOrder);
    }

    /**
     * A copy with another value.
     *
     * @param atMost {@code at_most}; optional
     * @return the copy
     */
    public Verification withAtMost(long atMost) {
        return new Verification(requests, exactly, atLeast, atMost, inOrder);
    }

    /**
     * A copy with another value.
     *
     * @param inOrder {@code in_order}; optional
     * @return the copy
     */
    public Verification withInOrder(boolean inOrder) {
        return new Verification(requests, exactly, atLeast, atMost, inOrder);
    }
}
