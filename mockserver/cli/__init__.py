"""The command `yabandpay-mock`."""
