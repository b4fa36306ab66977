"""Notifications: what they say, when they are tried again, and how they are sent."""
