"""Why a signature does not match: the known mistakes, and the search for the one that a client made."""
