"""Examines a shop: sends right, repeated, late and forged notifications, and grades what the shop does with each."""
