package io.github.yabandpay_mock;

/** What happened in the account of a failed test: stands below its error, as suppressed. */
final class SandboxStory extends Exception {
    private static final long serialVersionUID = 1L;

    SandboxStory(String story) {
        super(story, null, false, false);
    }

    @Override
    public String toString() {
        return "YabandPay sandbox\n" + getMessage();
    }
}
