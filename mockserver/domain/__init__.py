"""What an account holds and how it changes. No HTTP, no SQL, no sockets."""
