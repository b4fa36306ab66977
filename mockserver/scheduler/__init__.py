"""Performs the due work of accounts: transitions, and deliveries of notifications."""
