"""What differs between operating systems: signals, processes, file locks, terminals, and the name of the command.

Elsewhere, nothing asks for the platform, except for what only one of them has: see `docs/platforms.md`.
"""
