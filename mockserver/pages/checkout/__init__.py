"""The payer's page: what it shows for each wallet, its steps, and what its buttons do."""
