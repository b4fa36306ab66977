"""How each behaviour of the sandbox is known.

Each module that imitates the gateway declares a tuple of facts, `EVIDENCE`, next to its code.
`mockserver.pages.reference` generates `docs/fidelity.md` from them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Basis = Literal["documented", "client", "assumed"]


class Fact(NamedTuple):
    """One behaviour, and how it is known.

    `basis` is `documented` (by the gateway), `client` (a published client relies on it) or `assumed` (no source; the
    sandbox chose). `source` is a section of protocol.md, or the reason for an assumption.
    """

    subject: str
    behaviour: str
    basis: Basis
    source: str
