"""The sandbox's own addresses below /_sandbox/: what its users look at and drive it with."""
