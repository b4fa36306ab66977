// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * The new state; {@code force} allows a transition that the gateway does not have, without its effect on the
 * balance. Without {@code notify}, the merchant is not notified.
 *
 * @param state {@code state}
 * @param force {@code force}; optional
 * @param notify_ {@code notify}; optional
 */
public record NewState(String state, Boolean force, Boolean notify_) {
    /**
     * A record without what is optional.
     *
     * @param state {@code state}
     * @return the record
     */
    public static NewState of(String state) {
        return new NewState(state, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param force {@code force}; optional
     * @return the copy
     */
    public NewState withForce(boolean force) {
        return new NewState(state, force, notify_);
    }

    /**
     * A copy with another value.
     *
     * @param notify_ {@code notify}; optional
     * @return the copy
     */
    public NewState withNotify(boolean notify_) {
        return new NewState(state, force, notify_);
    }
}
