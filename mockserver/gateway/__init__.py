"""The YabandPay protocol: from a request's bytes to an answer's bytes. Knows no web framework."""
