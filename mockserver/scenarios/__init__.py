"""Scripted outcomes: what a scenario is, which one applies to a request, and the files they are read from."""
