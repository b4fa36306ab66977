"""The sandbox's own API below /_sandbox/api: operations and their types."""
