"""How each behaviour of the sandbox is known: the vocabulary of the fidelity ledger.

Every module that imitates the gateway declares `EVIDENCE`, a tuple of facts, beside the code.
`mockserver.pages.reference` collects them, and `docs/fidelity.md` is generated from that.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Basis = Literal["documented", "client", "assumed"]


class Fact(NamedTuple):
    """One behaviour and how it is known.

    `basis` is `documented` (a page of the gateway says it), `client` (a published client relies
    on it) or `assumed` (nothing says it; the sandbox chose). `source` names the section of
    protocol.md, or for an assumption the reason for the choice.
    """

    subject: str
    behaviour: str
    basis: Basis
    source: str
