"""The Flask application that serves the API and the pages."""
