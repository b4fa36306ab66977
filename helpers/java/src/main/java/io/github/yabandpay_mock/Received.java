package io.github.yabandpay_mock;

import java.util.Optional;

/**
 * A request that a merchant received.
 *
 * @param path its path
 * @param body its body as it was sent
 * @param notification the notification, if its signature is correct
 */
public record Received(String path, String body, Optional<Notification> notification) {}
