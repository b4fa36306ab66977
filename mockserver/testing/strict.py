"""Strict mode: what a test has expected, and the findings that fail it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.domain.codes import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.api.journal import Journal
    from mockserver.api.schemas import ExchangeRecord


__tracebackhide__ = True


class FindingsError(AssertionError):
    """A strict test ended with findings; the message lists them, and so does `findings`."""

    def __init__(self, findings: list[str]) -> None:
        lines = "\n".join(f"  {finding}" for finding in findings)
        super().__init__(
            f"{len(findings)} findings in strict mode:\n{lines}\n"
            "Use expect_refusal and expect_hint for what the test intends."
        )
        self.findings = findings


class Expectations:
    """The refused requests and the hints that a test has expected.

    `addresses_before` is the number of requests to unknown addresses before the test.
    """

    def __init__(self, addresses_before: int) -> None:
        self.addresses_before = addresses_before
        self._refused: set[str] = set()
        self._hints: set[tuple[str, str]] = set()

    def expect_refusals(self, exchanges: Iterable[ExchangeRecord]) -> None:
        self._refused.update(exchange.path for exchange in exchanges)

    def expect_hints(self, hints: Iterable[tuple[str, str]]) -> None:
        """Expect hints, each with the path of its request."""
        self._hints.update(hints)

    def findings(self, journal: Journal) -> list[str]:
        """The findings about the requests of the account."""
        unseen = journal.taken - len(journal.items)
        lines = [f"not checked: {unseen} earlier requests, which the journal no longer lists"] if unseen else []
        return lines + self.about(journal.items[::-1])

    def about(self, exchanges: Iterable[ExchangeRecord], title: str = "") -> list[str]:
        """The findings about exchanges, oldest first; `title` begins each."""
        lines = []
        for one in exchanges:
            request = f"{title}request {one.number} {one.method or '(no method)'}"
            is_expected = one.scenario or one.path in self._refused
            if one.code != SUCCESS and not is_expected:
                lines.append(f"refused: {request}: {one.code} {one.reason}")
            lines += [f"hint: {request}: {hint}" for hint in one.hints if (one.path, hint) not in self._hints]
        return lines
