"""Kills sandboxes and their database amid a load of payments, and audits what is left (docs/durability.md)."""
