"""What may not be shown: every account's secret key and numbers of cards, in whatever form they stand in a text.

`Secrets` is the one function through which everything goes that the sandbox shows or stores beside the gateway's own
answers: the journal, headers, the log, pages, its own API, bundles, errors.
"""

from mockserver.masking.secrets import HIDDEN, Secrets, speaks_of_cards

__all__ = ["HIDDEN", "Secrets", "speaks_of_cards"]
