"""Notifications to merchants: their content, retries and faults."""
