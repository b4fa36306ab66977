"""Measures the sandbox: `python -m bench`. Compares figures of one run only, as machines differ."""
