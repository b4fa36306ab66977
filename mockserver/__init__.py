"""A sandbox of the YabandPay gateway: its one endpoint, its signatures, its notifications.

Importing this package imports nothing else; each part is imported where it is used.
"""

__version__ = "0.1.0"
