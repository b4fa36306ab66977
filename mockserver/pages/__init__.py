"""The pages: checkout, dashboard and documentation."""
