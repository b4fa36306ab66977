"""A sandbox of the YabandPay payment gateway."""

__version__ = "0.1.0"
