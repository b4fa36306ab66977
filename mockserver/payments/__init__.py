"""The domain: what a payment is and how it may move. No HTTP, no SQL, no clock."""
