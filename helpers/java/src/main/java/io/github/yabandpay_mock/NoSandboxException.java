package io.github.yabandpay_mock;

/** There is no sandbox: it cannot be found, does not start, or does not answer. The message says what to do. */
public final class NoSandboxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoSandboxException(String message) {
        super(message);
    }

    NoSandboxException(String message, Throwable cause) {
        super(message, cause);
    }
}
