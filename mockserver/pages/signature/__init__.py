"""The signature tool, what it finds, and mending a refused request."""
