"""Masks the secret keys of accounts and card numbers, in plain and in escaped texts.

Everything that the sandbox shows or stores, except the gateway's own answers, passes through `Secrets`: the journal,
headers, the log, pages, the API, bundles and errors. Only in memory, accepted requests wait in the journal as they
came, until somebody reads them.
"""

from mockserver.masking.secrets import HIDDEN, Moment, Secrets, speaks_of_cards

__all__ = ["HIDDEN", "Moment", "Secrets", "speaks_of_cards"]
