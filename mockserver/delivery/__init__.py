"""The only part of the product that opens outgoing connections: notifications go out here."""
