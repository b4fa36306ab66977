"""Compares a gateway with the sandbox, behaviour by behaviour, and records how the gateway behaves as a profile."""
