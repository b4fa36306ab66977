package io.github.yabandpay_mock;

import io.github.yabandpay_mock.api.Problem;

/** The sandbox's API refused a call; the message says why, and how to fix it. */
public final class ApiRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    ApiRefusedException(Problem problem) {
        super(problem.title() + ": " + problem.detail());
        this.problem = problem;
    }

    /**
     * What the API said.
     *
     * @return the problem; its {@code nearest} has the most similar records
     */
    public Problem problem() {
        return problem;
    }
}
