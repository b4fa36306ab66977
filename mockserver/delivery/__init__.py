"""Sends notifications. No other part of the sandbox opens outgoing connections."""
