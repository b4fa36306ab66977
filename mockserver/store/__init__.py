"""Stores of accounts: one contract, in memory or in an SQL database."""
