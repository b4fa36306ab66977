"""What a change of state causes, within the unit of work that makes it: money, events, notifications, due work."""
