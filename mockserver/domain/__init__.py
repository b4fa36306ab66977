"""The objects of an account and their changes. No HTTP, SQL or sockets."""
