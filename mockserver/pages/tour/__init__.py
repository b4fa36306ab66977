"""The tour: ten slides that are played for real."""
