"""The Flask application: the gateway, the API and the pages under WSGI."""
