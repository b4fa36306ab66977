"""Signatures: the string to sign, values as PHP writes them, signing and verifying (protocol.md 1.6)."""
