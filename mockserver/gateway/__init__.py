"""The YabandPay protocol, from the bytes of a request to the bytes of its answer, without a web framework."""
