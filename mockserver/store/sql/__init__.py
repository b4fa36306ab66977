"""The store in an SQL database: SQLite for one process, PostgreSQL for many."""
