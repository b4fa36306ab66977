"""Work that falls due on an account's clock: payments move on, notifications are sent and sent again."""
