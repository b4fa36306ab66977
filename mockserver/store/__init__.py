"""Where accounts are kept: one contract, in memory or in a SQL database."""
