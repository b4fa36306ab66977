"""Scenarios: their types, files and selection."""
