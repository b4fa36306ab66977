"""Generators of the strings that a client with a known mistake signs."""
