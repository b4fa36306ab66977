"""Signatures: the string to sign, PHP's texts of values, signing and verifying (protocol.md 1.6)."""
