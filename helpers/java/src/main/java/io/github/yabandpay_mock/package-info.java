/**
 * The YabandPay sandbox in JUnit 5: an account for each test, its clock, a merchant that records notifications, and
 * signatures. Start with {@link io.github.yabandpay_mock.YabandPaySandbox}.
 */
package io.github.yabandpay_mock;
