"""HTTP and HTTPS: sockets, connections, routing, and the bridge to the Flask application."""
