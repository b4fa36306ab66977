"""Payments: the record, its states and transitions, and the actions of the payer."""
