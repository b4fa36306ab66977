package io.github.yabandpay_mock;

/** A notification is malformed, or its signature is wrong. */
public final class InvalidNotificationException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    InvalidNotificationException(String message) {
        super(message);
    }

    InvalidNotificationException(String message, Throwable cause) {
        super(message, cause);
    }
}
