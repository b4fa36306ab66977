"""The page Fidelity: what its words mean, the assumptions that matter most for money, and each behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.pages.docs.markdown import table
from mockserver.pages.language import speaker
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.evidence import Fact

MATTERS_FOR_MONEY = ("retry plan", "answer", "order of checks", "payment states", "refund states", "order_id")
"""The subjects whose assumptions come first, as a shop that relies on them may lose or ship an order."""

_BASES = {
    "documented": message("The gateway's documentation says so."),
    "client": message("A published client of the gateway relies on it."),
    "assumed": message("There is no source: the sandbox chose. The real gateway may differ."),
}
_SOURCES = {
    "`3.11`": message("A section of [Protocol](protocol.md), which has what is known about the gateway."),
    "`SEED`": message(
        "The page of the gateway's documentation that takes precedence over all others: Alipay Mini Program, in"
        " Chinese."
    ),
    "`UNSEEN`": message("Not known: no part of the gateway's documentation that was seen says it."),
    "`C4`": message("A published client; section 6 of [Protocol](protocol.md) lists C1 to C13."),
    "`E15`": message("A published example; section 1.7 of [Protocol](protocol.md) has them."),
    "`EN cards/card`": message("A page of the gateway's documentation, in English (EN) or Chinese (CN)."),
}


def fidelity_sections(facts: Iterable[Fact], language: str) -> str:
    """All that follows the introduction; the behaviours and their sources are in English."""
    say = speaker(language)
    listed = sorted(facts, key=lambda fact: (fact.basis != "assumed", fact.basis != "client", fact.subject))
    bases = [
        (f"`{basis}`", say(meaning), str(sum(fact.basis == basis for fact in listed)))
        for basis, meaning in _BASES.items()
    ]
    sources = [(word, say(meaning)) for word, meaning in _SOURCES.items()]
    first = [fact for subject in MATTERS_FOR_MONEY for fact in listed if fact.subject == subject]
    assumptions = [(fact.subject, fact.behaviour, fact.source) for fact in first if fact.basis == "assumed"]
    subject, behaviour, source = say("subject"), say("behaviour"), say("source")
    note = [] if language == "en" else [say("The behaviours and their sources are in English only.")]
    parts = [
        f"## {say('What the words mean')}",
        table((say("known"), say("meaning"), say("behaviours")), bases),
        say("The column with the source has these words:"),
        table((source, say("meaning")), sources),
        *note,
        f"## {say('Assumptions that matter most for money')}",
        say("If your shop relies on one of these, check it against the real gateway first."),
        table((subject, behaviour, source), assumptions),
        f"## {say('All behaviours')}",
        say("The assumptions come first."),
        table((subject, behaviour, say("known"), source), listed),
    ]
    return "\n\n".join(parts)
