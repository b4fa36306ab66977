"""Examines a shop: sends genuine, repeated, late and forged notifications, and grades what the shop does with each."""
