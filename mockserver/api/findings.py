"""Reads and clears the findings of a sandbox, which fail a strict run."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from mockserver.api.assistance import NoTool, Tool
from mockserver.api.operations import Operation, Visit
from mockserver.domain.accounts import ScenarioQueue
from mockserver.gateway.findings import Finding, unused

if TYPE_CHECKING:
    from mockserver.app import Application


class FindingRecord(msgspec.Struct):
    """A request with a hint, a refused one, one to an unknown address, or a queued scenario that none has used.

    `kind` is `hint`, `refused`, `not found` or `unused scenario`. `user` and `number` name the request in the journal;
    they are empty and 0 where there is none.
    """

    kind: str
    text: str
    user: str
    number: int


class FindingList(msgspec.Struct):
    """The number of findings, and the first 200 of them."""

    total: int
    items: list[FindingRecord]


def all_findings(app: Application) -> tuple[int, list[Finding]]:
    """The number of findings of this process, and the first of them, with the scenarios that are queued at present."""
    queued: list[Finding] = []
    for user in app.merchants():
        with suppress(KeyError), app.store.read(user) as view:  # it may be dropped meanwhile
            queue = view.get(ScenarioQueue, "queue")
        if queue is not None:
            queued += unused(user, queue.entries)
    return app.findings.counts.total() + len(queued), [*app.findings.kept, *queued]


def _list(visit: Visit) -> FindingList:
    total, found = all_findings(visit.app)
    return FindingList(total, [FindingRecord(*finding) for finding in found])


def _clear(visit: Visit) -> None:
    visit.app.findings.clear()


OPERATIONS = (
    Operation("GET", "/findings", "List what a strict run reports: hints, refused requests, unknown addresses, and"
              " unused scenarios.", _list, FindingList, tool=Tool("list_findings")),
    Operation("DELETE", "/findings", "Clear the findings so far; queued scenarios stay.", _clear, status=204,
              tool=NoTool("It would hide from a strict run what should fail it.")),
)  # fmt: skip
