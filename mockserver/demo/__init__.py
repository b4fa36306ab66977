"""Demo data: days of plausible trade in the past of an account."""

RUNS = "demo_runs"
"""The series that counts how often an account was filled with demo data."""
