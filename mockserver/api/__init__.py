"""The sandbox's own API below /_sandbox/api: its operations, and what they read and write."""
