"""Payments: the record, its states, its transitions, and what a payer does."""
