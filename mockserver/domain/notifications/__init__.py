"""Notifications to merchants: what they say, when they are sent again, and how they misbehave."""
